package nb

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/figure"
	"sagalab/pkg/frame"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// TestStagesOfBuyers: a stage, a trial and a search buy what their buyers draw, and the
// tables and figures by product and by user show it.
func TestStagesOfBuyers(t *testing.T) {
	l, text, _ := cells(t, func(w http.ResponseWriter, r *http.Request) {
		var p purchase.Request
		if json.NewDecoder(r.Body).Decode(&p); p.ProductID == 2 {
			w.WriteHeader(http.StatusConflict)
			io.WriteString(w, `{"code":"out_of_stock"}`)
			return
		}
		io.WriteString(w, `{"order_id":"o1"}`)
	})
	for _, step := range []func() error{l.setup, l.checkConnectivity} {
		if err := step(); err != nil {
			t.Fatal(err)
		}
	}
	mix := buyers.Mix{Users: buyers.Range(1, 40), Products: buyers.List(1, 2, 3), Quantity: buyers.Range(1, 3), Keyless: .1}
	turns := buyers.Func(func(i int) purchase.Request {
		return purchase.Request{UserID: purchase.ID(i%4 + 1), ProductID: 1, Quantity: 1, PaymentMethodID: 1}
	})
	text.Reset()
	mixed := l.Stage("mixed", 200, 20, mix)
	inTurn := l.Load(load.Stage{Name: "in turn", Requests: 40, VUs: 4}, turns)
	tried := l.Trial(Trial{Stage: load.Stage{Name: "tried", Requests: 40, VUs: 4}, Order: mix})
	l.Capacity(CapacitySearch{Name: "search", From: 20, To: 20, Probe: time.Second, Order: mix, Thresholds: []string{"error_ratio < 90%"}})
	if mixed.Order != nil || mixed.Buyers != mix.String() || tried.Buyers != mix.String() || inTurn.Buyers != "a function" {
		t.Errorf("recorded as %q, %q and %q (order %v)", mixed.Buyers, tried.Buyers, inTurn.Buyers, mixed.Order)
	}
	for _, o := range inTurn.Operations {
		if o.UserID != purchase.ID(o.Index%4+1) {
			t.Errorf("operation %d is of user %d", o.Index, o.UserID)
		}
	}
	for _, want := range []string{"Stage mixed completed", "out_of_stock", "Capacity of 20/s or more"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	text.Reset()
	Table(frame.ByProduct(l.Stages("mixed", "in turn")))
	Table(frame.ByUser(l.Stages("mixed"), 4))
	for _, want := range []string{"product_id", "user_count", "1–"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	Plot(figure.ByProduct(l.Stages()))
	Plot(figure.ByUser(l.Stages("mixed"), 4))
}
