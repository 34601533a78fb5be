package purchase_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
)

// TestUnderWayAt: of a purchase whose end was not seen it is known when it was last under way; polls
// that were not answered, or not understood, do not say so.
func TestUnderWayAt(t *testing.T) {
	const ms = time.Millisecond
	for name, tt := range map[string]struct {
		options stepshop.Options
		stop    time.Duration // interrupt, 0 for none
		times   purchase.PollTimes
		want    time.Duration // since the purchase began, below 0 for the zero time
	}{
		"given up":                      {stepshop.Options{Settle: time.Hour}, 0, purchase.PollTimes{For: 5 * time.Second}, 5 * time.Second},
		"interrupted":                   {stepshop.Options{Settle: time.Hour}, 1500 * ms, purchase.PollTimes{}, 1400 * ms},
		"interrupted before polls":      {stepshop.Options{Settle: time.Hour}, 100 * ms, purchase.PollTimes{}, 0},
		"polls of orders that are lost": {stepshop.Options{Settle: time.Hour, Fail: failing("-0-2", stepshop.Failure{Status: 404}, 2, 3, 4)}, 4 * time.Second, purchase.PollTimes{}, 200 * ms},
		"settled":                       {stepshop.Options{Settle: 1000 * ms}, 0, purchase.PollTimes{}, -1},
		"interrupted between two steps": {stepshop.Options{Settle: time.Hour, Fail: slowItems(300 * ms)}, 100 * ms, purchase.PollTimes{}, -1},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			if tt.stop > 0 {
				time.AfterFunc(tt.stop, func() { cancel(errors.New("stopped")) })
			}
			begun := time.Now()
			r := clientOf(t, stepshop.New(tt.options), stepshop.Adapter{Times: tt.times}, patient).Purchase(ctx, order)
			if got := r.UnderWayAt; tt.want < 0 && !got.IsZero() || tt.want >= 0 && got.Sub(begun) != tt.want {
				t.Errorf("%s: under way %v after it began, want %v (%s, %q)", name, got.Sub(begun), tt.want, r.Outcome, r.Message())
			}
		})
	}
}
