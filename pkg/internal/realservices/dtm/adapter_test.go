package dtm

import (
	"fmt"
	"maps"
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

// subjects are the users and products of dtm.yaml's reset.
var subjects = observe.Subjects{
	Users:    []purchase.ID{user(1), user(2), user(3), user(4), user(5)},
	Products: []purchase.ID{product(1), product(2)},
}

func user(n int) purchase.ID    { return purchase.TextID(fmt.Sprint("user-", n)) }
func product(n int) purchase.ID { return purchase.TextID(fmt.Sprint("product-", n)) }

// one is a purchase of one product.
func one(u, p purchase.ID) purchase.Request {
	return purchase.Request{UserID: u, ProductID: p, Quantity: 1, PaymentMethodID: u}
}

// mixed are buyers of both products; each fifth is the user with little money.
var mixed = buyers.Func(func(i int) purchase.Request { return one(user(i%5+1), product(i%2+1)) })

// begin begins a run against dtm at url, with the state of the file.
func begin(t *testing.T, url string) *assess.Assessment {
	a := assess.New(t, url, "../dtm.yaml", map[string]string{"participant": url})
	a.Reset(subjects)
	return a
}

func TestCases(t *testing.T) {
	a := begin(t, Start(t))
	bought := a.Case("bought", one(user(1), product(1)), purchase.OK, "")
	again := one(user(1), product(1))
	again.IdempotencyKey = bought.Request.IdempotencyKey
	if r := a.Case("again", again, purchase.OK, ""); r.OrderID != bought.OrderID || r.OrderID == "" {
		t.Errorf("a repeat names order %q after %q", r.OrderID, bought.OrderID)
	}
	much := one(user(2), product(1))
	much.Quantity = 31
	a.Case("sold out", much, purchase.Failed, "OUT_OF_STOCK")
	much = one(user(5), product(2))
	much.Quantity = 6
	a.Case("no money", much, purchase.Failed, "INSUFFICIENT_FUNDS")
	a.Case("no such product", one(user(1), product(9)), purchase.Failed, "UNKNOWN_ID")
}

// answers is what an audit says of a load of mixed buyers. K5 is violated: dtm knows how a saga ended, but answers a repeat of a refused
// one without the reason.
var answers = map[string]audit.Answer{
	"S1": audit.Holds, "S2": audit.Holds, "B1": audit.Holds, "C1": audit.Holds, "C2": audit.Holds, "C3": audit.Holds, "C4": audit.Holds,
	"C5": audit.Holds, "C6": audit.Holds, "C7": audit.Holds, "C8": audit.Holds, "K4": audit.Holds, "K5": audit.Violated,
	"T1": audit.Unknown, "T2": audit.Unknown, "T3": audit.Unknown, "T4": audit.Unknown,
}

func TestLoad(t *testing.T) {
	a := begin(t, Start(t))
	a.Load(load.Stage{Name: "heavy", Requests: 200, VUs: 20}, mixed)
	report := a.Audit(20)
	assess.Expect(t, report, answers)
	expectEvidence(t, report, "K5", "asked for again after the load it was refused with 409 ALREADY_REFUSED")
}

// TestLoadUnderFaults: with answers lost and requests delivered twice a key still leads to one order.
func TestLoadUnderFaults(t *testing.T) {
	a := begin(t, Start(t))
	counts := a.Load(load.Stage{Name: "faults", Requests: 150, VUs: 10}, mixed,
		fault.Window{To: time.Hour, Fault: fault.DropReply, Probability: .1},
		fault.Window{To: time.Hour, Fault: fault.Duplicate, Probability: .1})
	if counts.Faults[fault.DropReply] == 0 || counts.Faults[fault.Duplicate] == 0 {
		t.Errorf("the faults were %+v, want both", counts.Faults)
	}
	want := maps.Clone(answers)
	want["K1"], want["K3"] = audit.Holds, audit.Holds
	assess.Expect(t, a.Audit(20), want)
}

// TestCarelessParticipant: without the barrier, what a refused step did not do is compensated all the same. Users get money that they
// did not pay, and products come back that were not sold.
func TestCarelessParticipant(t *testing.T) {
	a := begin(t, StartCareless(t))
	a.Load(load.Stage{Name: "careless", Requests: 150, VUs: 10}, mixed)
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{"C3": audit.Violated, "C1": audit.Violated, "S1": assess.Any, "B1": assess.Any, "C4": audit.Holds})
	expectEvidence(t, report, "C3", "without a charge: charges − refunds = -")
	expectEvidence(t, report, "C1", "more than its confirmed orders leave")
}

// TestCarelessParticipantUnderFaults: without the barrier, a saga that is submitted twice at once is charged twice.
func TestCarelessParticipantUnderFaults(t *testing.T) {
	a := begin(t, StartCareless(t))
	a.Load(load.Stage{Name: "careless", Requests: 150, VUs: 10}, buyers.Func(func(i int) purchase.Request { return one(user(i%4+1), product(2)) }),
		fault.Window{To: time.Hour, Fault: fault.Duplicate, Probability: .2})
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{"C3": audit.Violated, "C1": audit.Violated, "C4": audit.Holds, "K1": audit.Holds})
	expectEvidence(t, report, "C3", "was charged 2 times: charges − refunds = 400, want 200")
}

// expectEvidence fails the test unless the evidence of a rule has a text in it.
func expectEvidence(t *testing.T, report audit.Report, rule, says string) {
	t.Helper()
	if evidence := report.Verdict(rule).Evidence(); !strings.Contains(evidence, says) {
		t.Errorf("%s says %s, want %s", rule, evidence, says)
	}
}
