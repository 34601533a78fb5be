package observe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// TestDocumentedSingleOrders: the README says how many orders are read one by one.
func TestDocumentedSingleOrders(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "cmd", "sagalab", "README.md"))
	if want := fmt.Sprintf("up to %d of them are read one by one", singleOrders); err != nil || !strings.Contains(string(text), want) {
		t.Errorf("the README of the command does not say %q, %v", want, err)
	}
}

func TestSampleOfSingleOrders(t *testing.T) {
	orders, stages := ordersOf(1000, true), loaded(400, true)
	ids := drawSingleOrders(orders, stages)
	confirmed := 0
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			t.Errorf("order %s is drawn twice", id)
		}
		if len(id) < 3 || id < "400" {
			confirmed++
		}
	}
	if len(ids) != singleOrders || confirmed < singleOrders/2 || confirmed == len(ids) {
		t.Errorf("%d orders are drawn, %d of them confirmed by an answer; want %d, at least half and not all", len(ids), confirmed, singleOrders)
	}
	if again := drawSingleOrders(orders, stages); !slices.Equal(ids, again) {
		t.Error("the same run gives another sample")
	}
	stages[0].Seed++
	if other := drawSingleOrders(orders, stages); slices.Equal(ids, other) {
		t.Error("another seed gives the same sample")
	}
	if few := drawSingleOrders(orders[:3], nil); len(few) != 3 {
		t.Errorf("of 3 orders %v are drawn", few)
	}
	if none := drawSingleOrders(nil, nil); len(none) != 0 {
		t.Errorf("of nothing %v are drawn", none)
	}
}

// TestSingleOrders: an order that is not found alone, or reads otherwise than in the list,
// is read again until reads may not be late any more.
func TestSingleOrders(t *testing.T) {
	const allowed = 300 * time.Millisecond
	list := ordersOf(3, true)
	list[1].Amount, list[1].UserID = 5, 1
	order := func(change func(*purchase.Order)) http.HandlerFunc {
		o := list[1]
		change(&o)
		text, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return says(string(text))
	}
	same := order(func(*purchase.Order) {})
	late := func(first http.HandlerFunc) http.HandlerFunc {
		var reads atomic.Int64
		return func(w http.ResponseWriter, r *http.Request) {
			if reads.Add(1) == 1 {
				first(w, r)
			} else {
				same(w, r)
			}
		}
	}
	pending := order(func(o *purchase.Order) { o.Status = purchase.Pending })
	for _, tt := range []struct {
		name  string
		read  http.HandlerFunc
		last  string
		reads int  // how often it is read, while reads may be late all the time
		waits bool // until reads may not be late any more
	}{
		{"as in the list", same, "CONFIRMED 5", 1, false},
		{"pending for a moment", late(pending), "CONFIRMED 5", 2, false},
		{"not found for a moment", late(status(404, `{"code":"unknown_order"}`)), "CONFIRMED 5", 2, false},
		{"never found", status(404, `{"code":"unknown_order"}`), "gone", 0, true},
		{"another amount", order(func(o *purchase.Order) { o.Amount = 7 }), "CONFIRMED 7", 0, true},
		{"another user", order(func(o *purchase.Order) { o.UserID = 7 }), "CONFIRMED 5", 0, true},
		{"pending for ever", pending, "PENDING 5", 0, true},
		{"it fails", status(400, "no"), "", 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handlers := map[string]http.HandlerFunc{"GET /orders/1": tt.read, "GET /orders/{id}": func(w http.ResponseWriter, r *http.Request) {
				json.NewEncoder(w).Encode(list[r.PathValue("id")[0]-'0'])
			}}
			c, s, certain := foreign(t, handlers), &audit.State{Orders: list}, time.Now().Add(time.Hour)
			if tt.waits {
				certain = time.Now().Add(allowed)
			}
			samples, err := readSingleOrders(t.Context(), c, s, nil, certain)
			if err != nil || len(samples) == 0 || len(samples[0].Orders)+len(samples[0].Gone) < 2 {
				t.Fatalf("%+v, %v; want samples, the first of all orders", samples, err)
			}
			last, reads := "", 0
			for _, x := range samples {
				if slices.Contains(x.Gone, "1") {
					last, reads = "gone", reads+1
				}
				for _, o := range x.Orders {
					if o.OrderID == "1" {
						last, reads = fmt.Sprint(o.Status, " ", o.Amount), reads+1
					}
				}
			}
			if last != tt.last || !tt.waits && reads != tt.reads {
				t.Errorf("read %d times, in the end %q; want %d times, %q", reads, last, tt.reads, tt.last)
			}
			if end := samples[len(samples)-1].Asked; tt.waits && end.Before(certain) {
				t.Errorf("the last read was %v before reads may not be late any more", certain.Sub(end))
			}
		})
	}
	for why, s := range map[string]*audit.State{
		"no route": {Orders: list, NotOffered: []audit.Call{audit.OrderCall}}, "no list": {NotOffered: []audit.Call{audit.OrdersCall}}, "not settled": {Orders: list, Unsettled: "it is late"},
	} {
		if samples, err := readSingleOrders(t.Context(), foreign(t, nil), s, nil, time.Now()); err != nil || samples != nil {
			t.Errorf("%s: %+v, %v; want nothing to be read", why, samples, err)
		}
	}
}

// TestWhenSingleOrdersMayNotBeLate any more: a declared lag counts, else the time for
// settling, from the last answer, sample or read of the list on.
func TestWhenSingleOrdersMayNotBeLate(t *testing.T) {
	const settle = time.Hour
	lag := func(d time.Duration) *int64 { ms := d.Milliseconds(); return &ms }
	stages := loaded(1, true)
	stages[0].Attempts[0].StartTS = time.Now().Add(-time.Minute)
	answered := newAcknowledged(stages, nil).last
	for _, tt := range []struct {
		name    string
		samples []audit.Sample
		state   audit.State
		want    time.Time
	}{
		{"an answer", nil, audit.State{}, answered.Add(settle)},
		{"an earlier sample", []audit.Sample{{Answered: answered.Add(-time.Second)}}, audit.State{}, answered.Add(settle)},
		{"a declared lag", nil, audit.State{LagMS: lag(30 * time.Minute)}, answered.Add(30 * time.Minute)},
		{"a sample", []audit.Sample{{Answered: answered.Add(-time.Second)}, {Answered: answered.Add(2 * time.Second)}}, audit.State{}, answered.Add(2*time.Second + settle)},
		{"the list", nil, audit.State{At: answered.Add(3 * time.Second)}, answered.Add(3*time.Second + settle)},
		{"the end of the list", nil, audit.State{At: answered.Add(3 * time.Second), Listed: answered.Add(4 * time.Second), LagMS: lag(time.Minute)}, answered.Add(4*time.Second + time.Minute)},
	} {
		certain := singlesCertain(&audit.Evidence{Stages: stages, Samples: tt.samples}, &tt.state, settle)
		if certain.Before(tt.want) || certain.After(time.Now().Add(settle+time.Millisecond)) {
			t.Errorf("%s: reads may be late until %v, want at least %v and at most the allowed time from now", tt.name, certain, tt.want)
		}
	}
	if certain := singlesCertain(&audit.Evidence{Stages: stages}, &audit.State{LagMS: new(int64)}, settle); certain.After(time.Now().Add(time.Millisecond)) {
		t.Errorf("with a declared lag of 0 reads may be late until %v", certain)
	}
}
