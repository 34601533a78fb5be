package vendure

import (
	"fmt"
	"maps"
	"os"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/adapters"
	"sagalab/pkg/buyers"
	"sagalab/pkg/fault"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/realservices/assess"
	"sagalab/pkg/internal/realservices/harness"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// steps are those of vendure-steps.yaml.
var steps = []string{"add", "customer", "address", "shipping", "arrange", "pay"}

// shop is a Vendure that was started, with an administrator's token.
type shop struct{ url, token string }

// startShop starts the shop with so many of the scarce variant.
func startShop(t *testing.T, stock int) shop {
	url := Start(t)
	s := shop{url, Administrator(t, url)}
	s.ask(t, fmt.Sprintf(`mutation { updateProductVariants(input: [{id: "1", stockOnHand: %d}]) { id } }`, stock))
	return s
}

// ask sends a document to the API of administrators.
func (s shop) ask(t *testing.T, document string) harness.Answer {
	t.Helper()
	return harness.NewTranscript(t, s.url).Send("", "POST", "/admin-api", body(t, document, nil), "Content-Type: application/json", "Authorization: Bearer "+s.token).Want(t, 200)
}

// inSteps begins a run that buys in steps from the shop at url, which may be a proxy's. changes are pairs of texts to replace in
// vendure-steps.yaml.
func (s shop) inSteps(t *testing.T, url string, changes ...string) *assess.Assessment {
	t.Helper()
	contents, err := os.ReadFile("../vendure-steps.yaml")
	if err != nil {
		t.Fatal(err)
	}
	adapter, err := adapters.Parse("vendure-steps.yaml", []byte(strings.NewReplacer(changes...).Replace(string(contents))), map[string]string{"administrator": s.token})
	if err != nil {
		t.Fatal(err)
	}
	a := assess.Of(t, url, adapter)
	a.Baseline(observe.Subjects{Products: []purchase.ID{scarce, soldOut, plenty}})
	return a
}

func TestCasesInSteps(t *testing.T) {
	s := startShop(t, 2)
	a := s.inSteps(t, s.url)
	if r := a.Case("bought", one(1, plenty), purchase.OK, ""); r.OrderID != "1" || r.Answer.Amount != 400 || r.Steps != len(steps) || len(r.Operation.Attempts) != len(steps) {
		t.Errorf("the purchase is %+v, want order 1 of 400 after an attempt at each step", r)
	}
	three := one(2, scarce)
	three.Quantity = 3
	if r := a.Case("three of two", three, purchase.Failed, "INSUFFICIENT_STOCK_ERROR"); r.Steps != 1 || len(r.Operation.Attempts) != 1 {
		t.Errorf("the purchase of three while there are two went on: %+v", r)
	}
	a.Case("sold out", one(3, soldOut), purchase.Failed, "INSUFFICIENT_STOCK_ERROR")
	assess.Expect(t, a.Audit(0), map[string]audit.Answer{"S1": audit.Holds, "S2": audit.Holds, "C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C8": audit.Holds})
	s.inSteps(t, s.url).Case("no such variant", one(4, 99), purchase.Failed, "ENTITY_NOT_FOUND")
}

// lost are texts of which each is in the requests of one step.
var lost = []string{" add: ", " customer: ", " address: ", " shipping: ", " arrange: ", " pay: "}

// TestEachReplyLost: in a shop without keys each step can be repeated in its session, though each one answers its repeat otherwise. The
// first one begins another session, with another cart.
func TestEachReplyLost(t *testing.T) {
	t.Parallel()
	s := startShop(t, 2)
	a := s.inSteps(t, harness.LoseReplies(t, s.url, lost...))
	r := a.Case("each reply lost", one(1, plenty), purchase.OK, "")
	if len(r.Operation.Attempts) != 2*len(steps) || len(r.Others) != 1 || r.OrderID == "" || r.Answer.Amount != 400 {
		t.Errorf("%d attempts and %d polls end with %+v, want %d, 1, and an order of 400", len(r.Operation.Attempts), len(r.Others), r.Answer, 2*len(steps))
	}
	assess.Expect(t, a.Audit(0), map[string]audit.Answer{"C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C8": audit.Holds})
	orders := s.ask(t, `{ orders(options: {take: 100}) { items { state } } }`)
	if bought, carts := strings.Count(orders.Body, `"PaymentSettled"`), strings.Count(orders.Body, `"AddingItems"`); bought != 1 || carts != 1 {
		t.Errorf("%d orders and %d abandoned carts, want 1 and 1: %s", bought, carts, orders.Body)
	}
}

// TestPayAgainTakenForARefusal: a file that takes the answer to pay again for a refusal does not know what became of the purchase, since
// without a key a refusal says nothing of the attempt before it. It was bought once.
func TestPayAgainTakenForARefusal(t *testing.T) {
	t.Parallel()
	s := startShop(t, 2)
	a := s.inSteps(t, harness.LoseReplies(t, s.url, " pay: "), "NO_ACTIVE_ORDER_ERROR}, is: pending}", "NO_ACTIVE_ORDER_ERROR}, is: refused, reason: NO_ACTIVE_ORDER_ERROR}")
	a.Case("pay again", one(1, plenty), purchase.Unknown, "NO_ACTIVE_ORDER_ERROR")
	assess.Expect(t, a.Audit(0), map[string]audit.Answer{"C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds})
}

// answersInSteps is what an audit says of purchases of what is never sold out.
var answersInSteps = map[string]audit.Answer{
	"S1": audit.Holds, "C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C7": audit.Holds, "C8": audit.Holds,
	"B1": audit.Unknown, "C2": audit.Unknown, "C3": audit.Unknown, "T1": audit.Unknown, "K1": audit.NotExercised, "K5": audit.NotExercised,
}

// TestLostRepliesInSteps: the whole checkout under load, with replies of all steps lost.
func TestLostRepliesInSteps(t *testing.T) {
	t.Parallel()
	s := startShop(t, 2)
	a := s.inSteps(t, s.url)
	counts := a.Load(load.Stage{Name: "lost", Requests: 20, VUs: 6}, buyers.Func(func(i int) purchase.Request { return one(i, plenty) }),
		fault.Window{To: time.Hour, Fault: fault.DropReply, Probability: .1})
	if counts.Faults[fault.DropReply] == 0 {
		t.Errorf("the faults were %+v, want lost replies", counts.Faults)
	}
	assess.Expect(t, a.Audit(0), answersInSteps)
}

// TestOversoldInSteps: Vendure looks at the stock when a cart is filled and when its payment is arranged, not when it is paid. Carts that
// were arranged at the same time are all paid; stock is allocated to the first ones alone.
func TestOversoldInSteps(t *testing.T) {
	const purchases, stock = 5, 2
	s := startShop(t, stock)
	a := s.inSteps(t, harness.Together(t, s.url, " pay: ", purchases))
	a.Load(load.Stage{Name: "scarce", Requests: purchases, VUs: purchases}, buyers.Func(func(i int) purchase.Request { return one(i, scarce) }))
	report := a.Audit(0)
	want := maps.Clone(answersInSteps)
	want["S1"], want["C1"] = audit.Violated, audit.Violated
	assess.Expect(t, report, want)
	for rule, says := range map[string]string{
		"S1": "was confirmed although there was not enough left: 2 pieces of product 1 in stock − 3 sold with it = -1 < 0",
		"C1": "product 1 has 3 pieces more than its confirmed orders leave: 2 at first − 5 in 5 confirmed orders = -3, but the state says stock 0",
	} {
		if evidence := report.Verdict(rule).Evidence(); !strings.Contains(evidence, says) {
			t.Errorf("%s says %s, want %s", rule, evidence, says)
		}
	}
}
