package retry

import (
	"errors"
	"fmt"
	"strings"
)

// Budget limits the retries of a Client over all of its operations. It keeps a service that
// is down from being sent MaxAttempts times the load. A retry has to be within each of the
// limits that are given; the zero value does not limit. A BudgetState counts.
type Budget struct {
	// Ratio and PerSecond limit retries to a fraction of the operations of the last 10 s: at
	// most Ratio × operations + PerSecond × 10. Both are 0 for no such limit.
	//
	// Source: Finagle's RetryBudget, whose default is {0.2, 10} (ttl 10 s, percentCanRetry 0.2,
	// minRetriesPerSec 10).
	Ratio, PerSecond float64
	// Share limits retries to a part of all requests of the last 10 s: one is made only while
	// retries are less than this part of operations and retries together. 0 to 1; 0 is no
	// such limit.
	//
	// Source: "Site Reliability Engineering", O'Reilly 2016, chapter 21, "Deciding to Retry":
	// "A request will only be retried as long as this ratio is below 10%". It does not say
	// over which time.
	Share float64 `json:",omitzero"`
	// Quota and Throttle are buckets of tokens; their zero values do not limit.
	Quota    Quota    `json:",omitzero"`
	Throttle Throttle `json:",omitzero"`
}

// validate reports everything that is wrong with b.
func (b Budget) validate() error {
	var errs []error
	if !(b.Ratio >= 0 && b.Ratio <= 1000 && b.PerSecond >= 0 && b.PerSecond <= 1e6) {
		errs = append(errs, fmt.Errorf("retry policy: Budget is {Ratio:%v PerSecond:%v}, want a Ratio of 0 to 1000 and 0 to 1000000 PerSecond", b.Ratio, b.PerSecond))
	}
	if !(b.Share >= 0 && b.Share <= 1) {
		errs = append(errs, fmt.Errorf("retry policy: Budget.Share is %v, want 0 (no limit) to 1", b.Share))
	}
	return errors.Join(append(errs, b.Quota.validate(), b.Throttle.validate())...)
}

// String describes the limits, such as "budget 0.2 of operations + 10/s"; "" for none.
func (b Budget) String() string {
	var limits []string
	if b.limitsRatio() {
		limits = append(limits, fmt.Sprintf("budget %g of operations + %g/s", b.Ratio, b.PerSecond))
	}
	if b.Share > 0 {
		limits = append(limits, fmt.Sprintf("retries below %g%% of all requests", 100*b.Share))
	}
	if b.Quota != (Quota{}) {
		limits = append(limits, b.Quota.String())
	}
	if b.Throttle != (Throttle{}) {
		limits = append(limits, b.Throttle.String())
	}
	return strings.Join(limits, ", ")
}

// limitsRatio reports whether Ratio and PerSecond limit.
func (b Budget) limitsRatio() bool { return b.Ratio != 0 || b.PerSecond != 0 }

// hasWindow reports whether a limit is over the last 10 s, so that operations are counted.
func (b Budget) hasWindow() bool { return b.limitsRatio() || b.Share > 0 }

// hasTokens reports whether a limit is a bucket of tokens, so that ends of attempts are counted.
func (b Budget) hasTokens() bool { return b.Quota.Tokens > 0 || b.Throttle.MaxTokens > 0 }
