package retry

import (
	"sync"
	"time"
)

// budgetTracker is the BudgetState of a Client. Without a budget its methods do nothing, not
// even lock. Safe for concurrent use.
type budgetTracker struct {
	window, tokens bool // what Budget limits by
	mu             sync.Mutex
	state          BudgetState
}

// newBudgetTracker returns one that has counted nothing.
func newBudgetTracker(b Budget) *budgetTracker {
	return &budgetTracker{window: b.hasWindow(), tokens: b.hasTokens(), state: b.State()}
}

// begin notes that an operation begins.
func (t *budgetTracker) begin() {
	if t.window {
		now := time.Duration(time.Now().UnixNano())
		t.mu.Lock()
		defer t.mu.Unlock()
		t.state.Begin(now)
	}
}

// succeeded notes that attempt number succeeded, which followed after.
func (t *budgetTracker) succeeded(number int, after Failure) {
	if t.tokens {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.state.Succeeded(number, after)
	}
}

// failed notes a failure of which no retry is asked for.
func (t *budgetTracker) failed() {
	if t.tokens {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.state.Failed()
	}
}

// takeRetry notes a failure, and reports whether its retry is within the budget, and counts it
// if so.
func (t *budgetTracker) takeRetry(now time.Time, f Failure) bool {
	if !t.window && !t.tokens {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.state.Failed()
	return t.state.Take(time.Duration(now.UnixNano()), f)
}
