package oscar

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
	"sagalab/pkg/internal/realservices/harness"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// startWith starts the shop with so many of a product.
func startWith(t *testing.T, product, stock int) (url string) {
	url = Start(t)
	body := fmt.Sprintf(`{"num_in_stock":%d}`, stock)
	harness.NewTranscript(t, url).Send("", "PATCH", fmt.Sprintf("/api/admin/stockrecords/%d/", product), body, jsonBody, staff).Want(t, 200)
	return url
}

// inSteps begins a run that buys in steps from the shop at url, which may be a proxy's.
func inSteps(t *testing.T, url string) *assess.Assessment {
	a := assess.New(t, url, "../oscar-steps.yaml", map[string]string{"staff": strings.TrimPrefix(staff, "Authorization: Basic ")})
	a.Baseline(observe.Subjects{Products: []purchase.ID{1, 2, 3}})
	return a
}

// visit is the purchase of one of a product by visitor n.
func visit(n, product int) purchase.Request {
	return purchase.Request{UserID: purchase.TextID(fmt.Sprint("visitor-", n)), ProductID: purchase.ID(product), Quantity: 1, PaymentMethodID: 1}
}

func TestCasesInSteps(t *testing.T) {
	url := Start(t)
	a := inSteps(t, url)
	if r := a.Case("bought", visit(1, 3), purchase.OK, ""); r.OrderID != "1" || r.Answer.Amount != 400 || len(r.Operation.Attempts) != 2 {
		t.Errorf("the purchase is %+v, want order 1 of 400 after an attempt at each step", r)
	}
	if r := a.Case("sold out", visit(2, 2), purchase.Failed, "OUT_OF_STOCK"); r.Steps != 1 {
		t.Errorf("the purchase of what is sold out went on: %+v", r)
	}
	three := visit(3, 1)
	three.Quantity = 3
	a.Case("three of two", three, purchase.Failed, "OUT_OF_STOCK")
	assess.Expect(t, a.Audit(0), map[string]audit.Answer{"S1": audit.Holds, "S2": audit.Holds, "C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C8": audit.Holds})
	inSteps(t, url).Case("no such product", visit(4, 9), purchase.Failed, "UNKNOWN_ID")
}

func TestLoadInSteps(t *testing.T) {
	a := inSteps(t, Start(t))
	a.Load(load.Stage{Name: "heavy", Requests: 40, VUs: 8}, buyers.Func(func(i int) purchase.Request { return visit(i, 3) }))
	assess.Expect(t, a.Audit(0), answers)
}

// TestCheckoutReplyLost: the checkout again is answered with 401, which says nothing of the one before. The state has the order, once.
func TestCheckoutReplyLost(t *testing.T) {
	t.Parallel()
	a := inSteps(t, harness.LoseReplies(t, Start(t), "/checkout/"))
	a.Case("checkout reply lost", visit(1, 3), purchase.Unknown, "http_401")
	assess.Expect(t, a.Audit(0), map[string]audit.Answer{"C4": audit.Holds, "C5": audit.Holds, "C8": audit.Holds})
}

// TestBasketReplyLost: without a key the first step again puts the product into the basket once more, and both are bought. C1 may be
// unknown, since a step without an answer may hold stock.
func TestBasketReplyLost(t *testing.T) {
	t.Parallel()
	a := inSteps(t, harness.LoseReplies(t, Start(t), "/basket/"))
	a.Case("basket reply lost", visit(1, 3), purchase.OK, "")
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{"C3": audit.Violated, "C1": assess.Any, "S1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C8": audit.Holds})
	expectEvidence(t, report, "C3", "order 1 of user visitor-1 has an amount of 800, want 400: 400 = 1 × 400")
}

// TestLostRepliesInSteps: under load the audit finds the baskets that were filled twice. What the stock should be is not known, since the
// orders of purchases whose outcome is unknown do not show their product.
func TestLostRepliesInSteps(t *testing.T) {
	t.Parallel()
	a := inSteps(t, Start(t))
	counts := a.Load(load.Stage{Name: "lost", Requests: 40, VUs: 8}, buyers.Func(func(i int) purchase.Request { return visit(i, 3) }),
		fault.Window{To: time.Hour, Fault: fault.DropReply, Probability: .2})
	if counts.Faults[fault.DropReply] == 0 {
		t.Errorf("the faults were %+v, want lost replies", counts.Faults)
	}
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{"C3": audit.Violated, "C1": assess.Any, "S1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C8": audit.Holds})
	expectEvidence(t, report, "C3", "00, want 400: 400 = 1 × 400") // 1200 when two replies of a basket were lost
}

// TestOversoldInSteps: the checkout does not look at the stock again; baskets that were filled at the same time are all bought.
func TestOversoldInSteps(t *testing.T) {
	const purchases, stock = 5, 2
	a := inSteps(t, harness.Together(t, startWith(t, 1, stock), "/checkout/", purchases))
	a.Load(load.Stage{Name: "scarce", Requests: purchases, VUs: purchases}, buyers.Func(func(i int) purchase.Request { return visit(i, 1) }))
	report := a.Audit(0)
	want := maps.Clone(answers)
	want["S1"], want["C1"], want["C6"] = audit.Violated, audit.Violated, assess.Any // C6 is about what was read meanwhile
	assess.Expect(t, report, want)
	expectEvidence(t, report, "S1", "was confirmed although there was not enough left: 2 pieces of product 1 in stock − 3 sold with it = -1 < 0")
	expectEvidence(t, report, "C1", "product 1 has a stock below zero: 2 at first − 5 in 5 confirmed orders = -3, but the state says stock -3")
}

// expectEvidence fails the test unless the evidence of a rule has a text in it.
func expectEvidence(t *testing.T, report audit.Report, rule, says string) {
	t.Helper()
	if evidence := report.Verdict(rule).Evidence(); !strings.Contains(evidence, says) {
		t.Errorf("%s says %s, want %s", rule, evidence, says)
	}
}
