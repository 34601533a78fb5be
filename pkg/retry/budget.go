package retry

import (
	"fmt"
	"sync"
	"time"
)

// budgetWindow is how far back a budget looks, as in Finagle.
const budgetWindow = 10 // seconds

// Budget limits the retries of a Client to a fraction of its operations of the
// last 10 s: at most Ratio × operations + PerSecond × 10. It keeps a service that is
// down from being sent MaxAttempts times the load. The zero value does not limit.
//
// Source: Finagle's RetryBudget, whose default is {0.2, 10} (ttl 10 s,
// percentCanRetry 0.2, minRetriesPerSec 10).
type Budget struct {
	Ratio, PerSecond float64
}

func (b Budget) validate() error {
	if !(b.Ratio >= 0 && b.Ratio <= 1000 && b.PerSecond >= 0 && b.PerSecond <= 1e6) {
		return fmt.Errorf("retry policy: Budget is %+v, want a Ratio of 0 to 1000 and 0 to 1000000 PerSecond", b)
	}
	return nil
}

// budgetTracker counts operations and retries against a Budget, in buckets of a
// second. Safe for concurrent use.
type budgetTracker struct {
	Budget
	mu      sync.Mutex
	buckets [budgetWindow]budgetBucket
}

type budgetBucket struct {
	second              int64 // since 1970
	operations, retries float64
}

// addOperation notes that an operation began.
func (t *budgetTracker) addOperation(now time.Time) {
	if t.Budget == (Budget{}) {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bucket(now).operations++
}

// takeRetry reports whether one more retry is within the budget, and counts it if
// so.
func (t *budgetTracker) takeRetry(now time.Time) bool {
	if t.Budget == (Budget{}) {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	current := t.bucket(now)
	var operations, retries float64
	for i := range t.buckets {
		if b := &t.buckets[i]; b.second > now.Unix()-budgetWindow {
			operations += b.operations
			retries += b.retries
		}
	}
	if retries+1 > t.Ratio*operations+t.PerSecond*budgetWindow {
		return false
	}
	current.retries++
	return true
}

// bucket returns the bucket of now, emptied when it was another second's.
func (t *budgetTracker) bucket(now time.Time) *budgetBucket {
	b := &t.buckets[now.Unix()%budgetWindow]
	if b.second != now.Unix() {
		*b = budgetBucket{second: now.Unix()}
	}
	return b
}
