package retry

import (
	"fmt"
	"sync"
	"time"
)

// budgetWindow is how far back a budget looks, as in Finagle.
const budgetWindow = 10 // seconds

// Budget allows retries as a share of the operations of the last 10 s: at most
// Ratio × operations + PerSecond × 10. Finagle's default is {0.2, 10}. It keeps
// a service that is down from being asked MaxAttempts times as often. The zero
// value does not limit.
//
// Source: Finagle's RetryBudget (ttl 10 s, minRetriesPerSec 10, percentCanRetry 0.2).
type Budget struct {
	Ratio, PerSecond float64
}

func (b Budget) validate() error {
	if !(b.Ratio >= 0 && b.Ratio <= 1000 && b.PerSecond >= 0 && b.PerSecond <= 1e6) {
		return fmt.Errorf("retry policy: Budget is %+v, want a Ratio of 0 to 1000 and 0 to 1000000 PerSecond", b)
	}
	return nil
}

// account counts against a Budget, in buckets of a second. Safe for concurrent use.
type account struct {
	Budget
	mu      sync.Mutex
	buckets [budgetWindow]struct {
		second              int64
		operations, retries float64
	}
}

// operation notes that an operation began.
func (a *account) operation(now time.Time) {
	if a.Budget == (Budget{}) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.bucket(now).operations++
}

// retry reports whether one more retry is within the budget, and takes it.
func (a *account) retry(now time.Time) bool {
	if a.Budget == (Budget{}) {
		return true
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	current := a.bucket(now)
	var operations, retries float64
	for i := range a.buckets {
		if b := &a.buckets[i]; b.second > now.Unix()-budgetWindow {
			operations += b.operations
			retries += b.retries
		}
	}
	if retries+1 > a.Ratio*operations+a.PerSecond*budgetWindow {
		return false
	}
	current.retries++
	return true
}

func (a *account) bucket(now time.Time) *struct {
	second              int64
	operations, retries float64
} {
	b := &a.buckets[now.Unix()%budgetWindow]
	if b.second != now.Unix() {
		b.second, b.operations, b.retries = now.Unix(), 0, 0
	}
	return b
}
