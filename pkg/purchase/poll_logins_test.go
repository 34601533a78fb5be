package purchase_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
)

// requestsOf counts the other requests of a purchase of a kind.
func requestsOf(r purchase.Result, kind purchase.OtherKind) (n int) {
	for _, o := range r.Others {
		if o.Kind == kind {
			n++
		}
	}
	return n
}

// TestPollLoginAsOftenAsNeeded: a token ends after every other use, and each poll that is refused is
// sent again at once after a login.
func TestPollLoginAsOftenAsNeeded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stepshop.New(stepshop.Options{Settle: 20 * time.Second, TokenUses: 2})
		begun := time.Now()
		r := clientOf(t, s, stepshop.Adapter{}, patient).Purchase(t.Context(), order)
		if r.Outcome != purchase.OK || r.Uncertainty != 2*time.Second || requestsOf(r, purchase.LoginRequest) != 8 {
			t.Errorf("%s with %d logins ± %v: %v", r.Outcome, requestsOf(r, purchase.LoginRequest), r.Uncertainty, asked(s))
		}
		for i, o := range r.Others {
			if o.Attempt.Status == http.StatusUnauthorized && (r.Others[i+1].Kind != purchase.LoginRequest || r.Others[i+2].Attempt.Start.Sub(o.Attempt.Start) > time.Millisecond) {
				t.Errorf("request %d, after %v, is not sent again at once: %v", i, o.Attempt.Start.Sub(begun), asked(s))
			}
		}
	})
}

// TestPollLoginsRefused: where polls were answered before, three logins in a row may be refused at
// once, since other purchases use the same token.
func TestPollLoginsRefused(t *testing.T) {
	for refused, want := range map[int]struct {
		logins  int
		outcome purchase.Outcome
		message string
	}{
		1: {2, purchase.OK, "CONFIRMED"}, 3: {4, purchase.OK, "CONFIRMED"},
		4: {4, purchase.Unknown, "stopped after HTTP 202: HTTP 401 to a poll right after a new login, 3 logins in a row"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			polls := 0
			fail := func(r *http.Request) stepshop.Failure {
				mu.Lock()
				defer mu.Unlock()
				if !strings.HasPrefix(r.URL.Path, "/orders/") {
					return stepshop.Failure{}
				}
				if polls++; polls > 1 && polls <= 1+refused {
					return stepshop.Failure{Status: http.StatusUnauthorized}
				}
				return stepshop.Failure{}
			}
			r := clientOf(t, stepshop.New(stepshop.Options{Settle: time.Second, Fail: fail}), stepshop.Adapter{}, patient).Purchase(t.Context(), order)
			if r.Outcome != want.outcome || requestsOf(r, purchase.LoginRequest) != want.logins || !strings.Contains(r.Message(), want.message) {
				t.Errorf("%d refused: %s with %d logins, %q; want %+v", refused, r.Outcome, requestsOf(r, purchase.LoginRequest), r.Message(), want)
			}
		})
	}
}

// TestPollMessage: what is given up names how the last poll ended.
func TestPollMessage(t *testing.T) {
	for status, want := range map[int]string{404: "not ended after 30s and 18 polls; last poll: HTTP 404", 500: "; last poll: HTTP 500", 0: "; last poll: HTTP 200"} {
		synctest.Test(t, func(t *testing.T) {
			fail := func(r *http.Request) stepshop.Failure {
				if !strings.HasPrefix(r.URL.Path, "/orders/") {
					return stepshop.Failure{}
				}
				return stepshop.Failure{Status: status}
			}
			r := clientOf(t, stepshop.New(stepshop.Options{Settle: time.Hour, Fail: fail}), stepshop.Adapter{}, patient).Purchase(t.Context(), order)
			if !strings.HasSuffix(r.Message(), want) && !strings.Contains(r.Message(), want+":") {
				t.Errorf("HTTP %d: %q", status, r.Message())
			}
		})
	}
}
