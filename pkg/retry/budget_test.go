package retry

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tracker := budgetTracker{Budget: Budget{Ratio: .2, PerSecond: 1}}
		allowed := func(n int) (k int) {
			for range n {
				if tracker.takeRetry(time.Now()) {
					k++
				}
			}
			return k
		}
		for range 100 {
			tracker.addOperation(time.Now())
		}
		if got := allowed(100); got != 30 { // 0.2 × 100 + 1 × 10
			t.Errorf("after 100 operations %d retries were allowed, want 30", got)
		}
		time.Sleep(5 * time.Second)
		if got := allowed(100); got != 0 {
			t.Errorf("5 s later %d more were allowed, want 0: the window is 10 s", got)
		}
		time.Sleep(5 * time.Second)
		if got := allowed(100); got != 10 {
			t.Errorf("10 s later %d were allowed, want 10: the operations have left the window, too", got)
		}
		unlimited := budgetTracker{}
		if !unlimited.takeRetry(time.Now()) {
			t.Error("the zero Budget denied a retry")
		}
	})
}
