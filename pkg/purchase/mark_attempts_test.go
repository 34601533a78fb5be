package purchase

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/retry"
)

// headerAdapter sends the purchase as a PUT under a fixed slice of headers.
type headerAdapter struct {
	Contract
	headers []retry.Header
}

func (h headerAdapter) Request(c Call) (retry.Request, error) {
	return retry.Request{Method: http.MethodPut, Path: "/api/orders/x", Headers: h.headers}, nil
}

// TestAttemptsAreMarked sends three attempts of each purchase: each has the mark of its own
// key and number, in place of a header of that name, whatever the adapter; and a client
// without a mark sends none.
func TestAttemptsAreMarked(t *testing.T) {
	var marks []string
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		marks = append(marks, r.Header.Values("X-Mark")...)
		if len(marks)%3 == 0 {
			io.WriteString(w, `{"order_id":"o"}`)
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	foreign := headerAdapter{headers: append(make([]retry.Header, 0, 8), retry.Header{Name: "x-mark", Value: "adapter's"})}
	mark := func(key string, number int) retry.Header {
		return retry.Header{Name: "X-Mark", Value: fmt.Sprint(number, "=", key)}
	}
	for _, newKeys := range []bool{false, true} {
		sender, err := c.http.WithConfig(retry.Config{Policy: retry.Policy{MaxAttempts: 3, AttemptTimeout: time.Minute, NewKeyPerAttempt: newKeys}})
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range []Adapter{nil, foreign} {
			plain := NewClient(c.endpoint, sender).WithAdapter(a)
			marked := plain.MarkAttempts(mark)
			for name, buy := range map[string]func() Result{
				"with a key":    func() Result { return marked.Purchase(t.Context(), one) },
				"without a key": func() Result { return marked.PurchaseWithoutKey(t.Context(), one) },
			} {
				marks = nil
				r := buy()
				var want []string
				for _, a := range r.Operation.Attempts {
					want = append(want, fmt.Sprint(a.Number, "=", a.Key))
				}
				if len(want) != 3 || !slices.Equal(marks, want) || name == "without a key" && marks[0] != "1=" {
					t.Errorf("%s, new keys: %v, adapter %T: the service saw the marks %q, want %q of 3 attempts", name, newKeys, a, marks, want)
				}
			}
			marks = nil
			plain.Purchase(t.Context(), one)
			marked.MarkAttempts(nil).Purchase(t.Context(), one)
			if i := slices.IndexFunc(marks, func(m string) bool { return m != "adapter's" }); i >= 0 {
				t.Errorf("adapter %T: the mark %q of a client that has none", a, marks[i])
			}
		}
	}
	if got := foreign.headers[:2][1]; got != (retry.Header{}) {
		t.Errorf("the adapter's headers were changed: %+v follows them", got)
	}
}

// TestOnlyPurchasesAreMarked reads a service through a client that marks attempts.
func TestOnlyPurchasesAreMarked(t *testing.T) {
	var asked []string
	c := at(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+r.Header.Get("X-Mark"))
		io.WriteString(w, `{}`)
	}).MarkAttempts(func(string, int) retry.Header { return retry.Header{Name: "X-Mark", Value: "+mark"} })
	c.Purchase(t.Context(), one)
	if _, err := c.Product(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Order(t.Context(), "o"); err != nil {
		t.Fatal(err)
	}
	if want := []string{"POST+mark", "GET", "GET"}; !slices.Equal(asked, want) {
		t.Errorf("the service was asked %q, want %q", asked, want)
	}
}
