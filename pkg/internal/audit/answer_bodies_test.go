package audit

import (
	"strings"
	"testing"

	"sagalab/pkg/runs"
)

// A confirming answer is compared with what was asked for, with the order, and with
// the price where it is certain.
func TestAnswerBodies(t *testing.T) {
	said := func(amount int64, differs string, change func(*Evidence)) Evidence {
		e := calmTale().evidence()
		s := e.Stages[0]
		s.Attempts = append([]runs.Attempt{}, s.Attempts...)
		s.Attempts[0].AnsweredAmount, s.Attempts[0].AnswerDiffers = amount, differs
		e.Stages = []runs.Stage{s}
		if change != nil {
			change(&e)
		}
		return e
	}
	alone := func(e *Evidence) { e.After = nil }
	bare := func(e *Evidence) { withAfter(e, func(st *State) { st.Orders[0].Amount = 0 }) }
	for _, tt := range []struct {
		name string
		e    Evidence
		want Answer
		says string
	}{
		{"agreed", said(20, "", nil), Holds, ""},
		{"no amount", said(0, "", nil), Holds, ""},
		{"another amount", said(21, "", nil), Violated, "the answer to key a (user 1 buys 2 × product 1) names an amount of 21, but order o-a in the state has 20"},
		{"another user", said(20, "user_id 2, quantity 3", nil), Violated, "the answer to key a (user 1 buys 2 × product 1) says user 2, quantity 3"},
		{"another amount, the order shows none", said(21, "", bare), Violated, "names an amount of 21, but 2 × 10 is 20"},
		{"another amount, history alone", said(21, "", alone), Violated, "names an amount of 21, but 2 × 10 is 20"},
		{"another user, history alone", said(20, "user_id 2", alone), Violated, "says user 2"},
		{"another amount, history alone, others may have changed the price", said(21, "", func(e *Evidence) { alone(e); e.Sealed = false }), Unknown, "no state was read"},
		{"the order has it, too: rule C3", said(21, "", func(e *Evidence) { withAfter(e, func(st *State) { st.Orders[0].Amount = 21 }) }), Holds, ""},
		{"an order that has not ended", said(20, "status PENDING", nil), Violated, "the answer to key a (user 1 buys 2 × product 1) says status PENDING"},
		{"a refusal", said(0, "user_id 2", func(e *Evidence) { e.Stages[0].Attempts[0].Status, e.Stages[0].Attempts[0].Reason = 400, "malformed" }), Violated, "was refused"},
	} {
		v := Judge(tt.e, Options{}).Verdict("C4")
		if v.Answer != tt.want || !strings.Contains(v.Evidence(), tt.says) {
			t.Errorf("%s: C4 is %s: %q\nwant %s: %q", tt.name, v.Answer, v.Evidence(), tt.want, tt.says)
		}
	}
}
