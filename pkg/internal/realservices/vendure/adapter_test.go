package vendure

import (
	"fmt"
	"strings"
	"testing"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/realservices/assess"
	"sagalab/pkg/internal/realservices/harness"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// scarce and plenty are variants of the shop.
const scarce, soldOut, plenty = 1, 2, 3

// begin starts the shop with so many of the scarce variant, and a run with the state that is then.
func begin(t *testing.T, stock int) *assess.Assessment {
	url := Start(t)
	token := Administrator(t, url)
	set := fmt.Sprintf(`mutation { updateProductVariants(input: [{id: "1", stockOnHand: %d}]) { id } }`, stock)
	harness.NewTranscript(t, url).Send("", "POST", "/admin-api", body(t, set, nil), "Content-Type: application/json", "Authorization: Bearer "+token).Want(t, 200)
	a := assess.New(t, url, "../vendure.yaml", map[string]string{"administrator": token})
	a.Baseline(observe.Subjects{Products: []purchase.ID{scarce, plenty}})
	return a
}

// one is a purchase of one of a variant by user n.
func one(n int, variant purchase.ID) purchase.Request {
	return purchase.Request{UserID: purchase.TextID(fmt.Sprint("buyer-", n)), ProductID: variant, Quantity: 1, PaymentMethodID: 1}
}

func TestCases(t *testing.T) {
	a := begin(t, 2)
	if r := a.Case("bought", one(1, plenty), purchase.OK, ""); r.OrderID != "1" || r.Answer.Amount != 400 {
		t.Errorf("the purchase is %+v, want order 1 of 400", r.Answer)
	}
	if r := a.Case("again", one(1, plenty), purchase.OK, ""); r.OrderID != "2" {
		t.Errorf("a repeat is %+v, want another order", r.Answer)
	}
	a.Case("sold out", one(2, soldOut), purchase.Failed, "INSUFFICIENT_STOCK_ERROR")
	a.Case("no such variant", one(3, 99), purchase.Failed, "ENTITY_NOT_FOUND")
}

func TestLoad(t *testing.T) {
	a := begin(t, 10)
	a.Load(load.Stage{Name: "heavy", Requests: 50, VUs: 8}, buyers.Func(func(i int) purchase.Request { return one(i, purchase.ID(1+2*(i%2))) }))
	assess.Expect(t, a.Audit(0), map[string]audit.Answer{
		"S1": audit.Holds, "S2": audit.Holds, "C1": audit.Holds, "C4": audit.Holds, "C5": audit.Holds, "C7": audit.Holds, "C8": audit.Holds,
		"B1": audit.Unknown, "C2": audit.Unknown, "C3": audit.Unknown, "T1": audit.Unknown, "K1": audit.NotExercised, "K5": audit.NotExercised,
	})
}

// TestPartOfAPurchase: of three while there are two, Vendure adds two, answers an error, and goes on with the rest of the document.
func TestPartOfAPurchase(t *testing.T) {
	a := begin(t, 2)
	three := one(1, scarce)
	three.Quantity = 3
	a.Case("three of two", three, purchase.OK, "")
	report := a.Audit(0)
	assess.Expect(t, report, map[string]audit.Answer{"C4": audit.Violated, "S1": audit.Violated, "C1": audit.Holds})
	const says = "was confirmed, but the order in the state is another: user buyer-1, 2 × product 1"
	if evidence := report.Verdict("C4").Evidence(); !strings.Contains(evidence, says) {
		t.Errorf("C4 says %s, want %s", evidence, says)
	}
}
