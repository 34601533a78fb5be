package audit

import (
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestAcceptedUnderAnotherID: an answer that accepts a purchase may name the request, of which no
// order of the state has the id; a poll that confirms and names nothing does not make it that of the order.
func TestAcceptedUnderAnotherID(t *testing.T) {
	cart := sentStep{runs.Original, "cart", "step_done", ""}
	pay, poll := sentStep{runs.Original, "pay", "pending", "request-1"}, sentStep{runs.Poll, "pay", "confirmed", ""}
	again := sentStep{runs.Retry, "pay", "confirmed", "o"}
	for name, tt := range map[string]struct {
		e       Evidence
		answers map[string]Answer
	}{
		"keys are shown":     {stepped(shownAfter(3, 0, 80, orderOf("o", "k", purchase.Confirmed)), cart, pay, poll), map[string]Answer{"C4": Holds, "C8": NotExercised, "C1": Holds}},
		"keys are not shown": {stepped(shownAfter(3, 0, 80, orderOf("o", "", purchase.Confirmed)), cart, pay, poll), map[string]Answer{"C4": Holds, "C1": Holds}},
		"answered later":     {stepped(shownAfter(3, 0, 80, orderOf("o", "k", purchase.Confirmed)), cart, pay, poll, again), map[string]Answer{"K1": Holds, "C4": Holds}},
		"the order itself":   {stepped(shownAfter(3, 0, 80, orderOf("request-1", "", purchase.Confirmed)), cart, pay, poll), map[string]Answer{"C4": Holds, "C8": Holds}},
	} {
		r := Judge(tt.e, Options{})
		if len(violated(r)) > 0 {
			t.Errorf("%s: an alarm\n%s", name, r)
		}
		for rule, want := range tt.answers {
			if v := r.Verdict(rule); v.Answer != want {
				t.Errorf("%s: %s is %s, want %s: %s", name, rule, v.Answer, want, v.Evidence())
			}
		}
	}
}
