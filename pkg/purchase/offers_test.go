package purchase

import (
	"net/http"
	"testing"
	"time"
)

// someOffered has all methods of Contract and offers what it says.
type someOffered struct {
	Contract
	offers Offers
}

func (s someOffered) Offers() Offers { return s.offers }

func (someOffered) ReadsLag() (time.Duration, bool) { return 2 * time.Second, true }

func TestOffersOf(t *testing.T) {
	want := Offers{Keys: true, Health: true, Version: true, Orders: true, Order: true, Product: true, User: true, Ledger: true, Fixture: true}
	if got := OffersOf(Contract{}); got != want {
		t.Errorf("the contract offers %+v, want %+v", got, want)
	}
	some := Offers{Orders: true}
	if got := OffersOf(someOffered{offers: some}); got != some {
		t.Errorf("an Offerer offers %+v, want what it says: %+v", got, some)
	}
}

// TestWhatIsNotOfferedIsNotAsked: no key is sent to a service without keys, no health is
// asked for that an Offerer leaves out, and a lag that is declared needs no answer.
func TestWhatIsNotOfferedIsNotAsked(t *testing.T) {
	keys := []string{}
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/purchase":
			keys = append(keys, r.Header.Get("Idempotency-Key"))
			w.WriteHeader(http.StatusCreated)
			w.Write([]byte(`{"order_id":"1","status":"CONFIRMED"}`))
		default:
			if r.URL.Path == "/health" {
				t.Error("the health was asked for")
			}
			w.WriteHeader(http.StatusNotFound)
		}
	}).WithAdapter(someOffered{})
	r := c.Purchase(t.Context(), Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, IdempotencyKey: "k"})
	if len(keys) != 1 || keys[0] != "" || r.Operation.Key != "" || !r.Success() {
		t.Errorf("keys %q were sent, the result is under %q, %s; want none and ok", keys, r.Operation.Key, r.Outcome)
	}
	if err := c.Reachable(t.Context(), Connectivity{Attempts: 1, Timeout: time.Minute}, nil); err != nil {
		t.Errorf("a service that answers 404 and has no health: %v, want no error", err)
	}
	if h, err := c.Health(t.Context()); err != nil || h.ReadsLagMS == nil || *h.ReadsLagMS != 2000 {
		t.Errorf("the health is %+v, %v; want the declared lag of 2 s", h, err)
	}
}
