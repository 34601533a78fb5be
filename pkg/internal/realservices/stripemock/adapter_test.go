package stripemock

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/realservices/assess"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// begin starts stripe-mock and a run.
func begin(t *testing.T) *assess.Assessment {
	a := assess.New(t, Start(t), "../stripe-mock.yaml", map[string]string{"token": Token})
	a.Baseline(observe.Subjects{})
	return a
}

// payment is a payment of an amount by a user whose id needs escaping in a form.
func payment(amount int64) purchase.Request {
	return purchase.Request{UserID: purchase.TextID("a&b=c"), ProductID: 1, Quantity: amount, PaymentMethodID: 1}
}

func TestCases(t *testing.T) {
	a := begin(t)
	paid := a.Case("paid", payment(2000), purchase.OK, "")
	if paid.OrderID == "" || paid.Answer.Amount != 2000 {
		t.Errorf("the payment is %+v, want 2000", paid.Answer)
	}
	again := payment(2000)
	again.IdempotencyKey = paid.Request.IdempotencyKey
	if r := a.Case("again", again, purchase.OK, ""); r.OrderID == paid.OrderID {
		t.Errorf("a mock without state answers a repeat with the same payment %s", r.OrderID)
	}
}

// TestLoadOfAStatelessService: that keys are forgotten is seen in the answers alone.
func TestLoadOfAStatelessService(t *testing.T) {
	a := begin(t)
	counts := a.Load(load.Stage{Name: "heavy", Requests: 200, VUs: 20}, buyers.Func(func(i int) purchase.Request { return payment(int64(i + 1)) }),
		fault.Window{To: time.Hour, Fault: fault.DropReply, Probability: .1})
	if counts.Faults[fault.DropReply] == 0 {
		t.Errorf("the faults were %+v, want lost answers", counts.Faults)
	}
	report := a.Audit(20)
	assess.Expect(t, report, map[string]audit.Answer{"K5": audit.Violated, "K4": audit.Holds, "C1": audit.Unknown, "C4": audit.Unknown, "C5": audit.Unknown})
	if says := report.Verdict("K5").Evidence(); !strings.Contains(says, "it was asked for again after the load it was confirmed as order pi_") {
		t.Errorf("K5 says %s", says)
	}
}
