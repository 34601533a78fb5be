package purchase_test

import (
	"fmt"
	"net/http"
	"testing"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// namesSecrets is an adapter by which orders have the login's number of the customer, or the token of
// the cart, as an id, or in it.
type namesSecrets struct {
	stepshop.Adapter
	step, order string
}

func (n namesSecrets) ReadLogin(user purchase.ID, a retry.Attempt) (map[string]string, error) {
	kept, err := n.Adapter.ReadLogin(user, a)
	if err == nil {
		kept["customer"] = "cust-4711"
	}
	return kept, err
}

func (n namesSecrets) Keep(c purchase.Call, a retry.Attempt) (map[string]string, error) {
	kept, err := n.Adapter.Keep(c, a)
	if c.Step == "cart" && err == nil {
		kept["cart_token"] = "basket-0815"
	}
	return kept, err
}

func (n namesSecrets) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	answer := n.Adapter.Read(c, a)
	if answer.OrderID = ""; c.Step == n.step {
		answer.OrderID = n.order
	}
	return answer
}

// TestOrdersNamedAsSecrets: an order whose id has a secret has none in a record: orders of several
// purchases would have one, of which the state of the service has none.
func TestOrdersNamedAsSecrets(t *testing.T) {
	for _, tt := range []struct{ step, order, want string }{
		{"pay", "order-1", "order-1"},
		{"pay", "cust-4711", ""},
		{"pay", "cust-4711-12", ""},
		{"pay", "basket-0815", ""},
		{"cart", "basket-0815", ""},
		{"cart", "order-1", "order-1"},
	} {
		r := clientOf(t, stepshop.New(stepshop.Options{}), namesSecrets{step: tt.step, order: tt.order}, patient).Purchase(t.Context(), order)
		ids := map[string]bool{r.OrderID: true}
		for i := range r.Answers {
			ids[r.Answers[i].OrderID] = true
		}
		delete(ids, "")
		if r.Outcome != purchase.OK || r.OrderID != tt.want || len(ids) > 1 || tt.want == "" && len(ids) > 0 || r.Status != http.StatusCreated {
			t.Errorf("%s at %s: %s, HTTP %d, order %q, ids %s; want %q", tt.order, tt.step, r.Outcome, r.Status, r.OrderID, fmt.Sprint(ids), tt.want)
		}
	}
}
