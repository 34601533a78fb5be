package observe

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// loaded is a stage whose n purchases were all confirmed, the last one just now. Their
// answers name orders 0 to n-1 when ids is true; their keys are k0 to k<n-1>.
func loaded(n int, ids bool) []runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: "load", Kind: runs.Load, Seed: 5, Started: time.Now()}}
	for i := range n {
		a := runs.Attempt{Stage: "load", Index: int64(i), Number: 1, Key: fmt.Sprint("k", i), StartTS: time.Now(), Status: 201, Sent: true, Meaning: "confirmed"}
		if ids {
			a.OrderID = fmt.Sprint(i)
		}
		s.Attempts = append(s.Attempts, a)
		s.Operations = append(s.Operations, runs.Operation{Stage: "load", Index: int64(i), Key: a.Key, UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1})
	}
	return []runs.Stage{s}
}

// ordersOf makes n confirmed orders, with or without keys.
func ordersOf(n int, keys bool) []purchase.Order {
	list := make([]purchase.Order, n)
	for i := range list {
		list[i] = purchase.Order{OrderID: fmt.Sprint(i), Status: purchase.Confirmed}
		if keys {
			list[i].IdempotencyKey = fmt.Sprint("k", i)
		}
	}
	return list
}

// counting serves as many orders as shown says at the n-th read of the list, from 1.
func counting(reads *atomic.Int64, shown func(read int64) []purchase.Order) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(purchase.Orders{Orders: shown(reads.Add(1))})
	}
}

func TestQuiescent(t *testing.T) {
	always := func(orders []purchase.Order) func(int64) []purchase.Order {
		return func(int64) []purchase.Order { return orders }
	}
	const short = 500 * time.Millisecond // for what uses it up
	for _, tt := range []struct {
		name      string
		health    string
		bought    int  // purchases that were confirmed just before
		named     bool // their answers name orders
		before    *audit.State
		shown     func(int64) []purchase.Order
		product   string
		orders    int
		unsettled string // a part of it, "" for none
		reads     int64  // exactly, unless it is 0
		waits     time.Duration
	}{
		{"quiet at once", "", 400, true, nil, always(ordersOf(400, true)), "", 400, "", 2, 0},
		{"nothing was bought", "", 0, false, nil, always(nil), "", 0, "", 2, 0},
		{"empty for four reads, without a declared lag", "", 400, true, nil, func(read int64) []purchase.Order {
			if read <= 4 {
				return nil
			}
			return ordersOf(400, true)
		}, "", 400, "", 6, 0},
		{"one order is late", "", 3, true, nil, func(read int64) []purchase.Order { return ordersOf(min(3, int(read)), true) }, "", 3, "", 4, 0},
		{"never shown", "", 400, true, nil, always(nil), "", 0, "400 of 400 confirmed purchases are not in the state 500ms after the load had ended, such as order", 0, short},
		{"one of them is lost", "", 4, true, nil, always(ordersOf(3, true)), "", 3, "1 of 4 confirmed purchases are not in the state 500ms after the load had ended, such as order 3", 0, short},
		{"a declared lag", `{"status":"ok","reads_lag_ms":300}`, 2, true, nil, always(ordersOf(2, true)), "", 2, "", 2, 300 * time.Millisecond},
		{"no lag is declared to be possible, and one is lost", `{"status":"ok","reads_lag_ms":0}`, 4, true, nil, always(ordersOf(3, true)), "", 3, "", 2, 0},
		{"answers without ids", "", 3, false, nil, func(read int64) []purchase.Order { return ordersOf(min(3, int(read)), true) }, "", 3, "", 4, 0},
		{"orders without keys", "", 3, true, nil, func(read int64) []purchase.Order { return ordersOf(min(3, int(read)), false) }, "", 3, "", 4, 0},
		{"neither ids nor keys: they are counted", "", 3, false, &audit.State{Orders: ordersOf(2, false)}, func(read int64) []purchase.Order { return ordersOf(min(5, 1+int(read)), false) }, "", 5, "", 5, 0},
		{"ids of another form in the list", "", 2, false, nil, always([]purchase.Order{{OrderID: "x0", IdempotencyKey: "k0", Status: purchase.Confirmed}, {OrderID: "x1", IdempotencyKey: "k1", Status: purchase.Cancelled}}), "", 2, "", 2, 0},
		{"reserved for ever", "", 2, true, nil, always(ordersOf(2, true)), `{"product_id":1,"stock":1,"reserved":1}`, 2, "", 0, short},
		{"changing for ever", "", 2, true, nil, func(read int64) []purchase.Order { return ordersOf(2+int(read), true) }, "", -1, "still changing 500ms after the load had ended", 0, short},
		{"fewer and fewer", "", 0, false, nil, func(read int64) []purchase.Order { return ordersOf(max(1, 4-int(read)), true) }, "", 1, "shrank from 3 to 1", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var reads atomic.Int64
			handlers := map[string]http.HandlerFunc{"GET /orders": counting(&reads, tt.shown), "GET /orders/{id}": says(`{"order_id":"0"}`)}
			if tt.health != "" {
				handlers["GET /health"] = says(tt.health)
			}
			if tt.product != "" {
				handlers["GET /products/1"] = says(tt.product)
			}
			of := Subjects{Products: []purchase.ID{1}}
			settle := time.Minute
			if tt.waits == short {
				settle = short
			}
			bought := loaded(tt.bought, tt.named)
			last := newAcknowledged(bought, nil).last
			s, err := ReadQuiescent(t.Context(), foreign(t, handlers), of, bought, tt.before, settle)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Orders) != tt.orders && tt.orders >= 0 || (tt.unsettled == "") != (s.Unsettled == "") || !strings.Contains(s.Unsettled, tt.unsettled) {
				t.Errorf("%d orders, unsettled %q; want %d, %q", len(s.Orders), s.Unsettled, tt.orders, tt.unsettled)
			}
			if n := reads.Load(); tt.reads != 0 && n != tt.reads {
				t.Errorf("the orders were read %d times, want %d", n, tt.reads)
			}
			if waited := s.At.Sub(last); tt.waits > 0 && waited < tt.waits {
				t.Errorf("the state was read %v after the last answer, want at least %v", waited, tt.waits)
			}
			if (s.LagMS != nil) != (tt.health != "") {
				t.Errorf("declared lag %v of a service whose health is %q", s.LagMS, tt.health)
			}
		})
	}
}

// TestQuiescentWithoutOrders: the ledger shows how fresh a read is where there is no list
// of orders; where there is neither, the time for settling is used up.
func TestQuiescentWithoutOrders(t *testing.T) {
	const settle = 400 * time.Millisecond
	for _, ledger := range []string{`{"entries":[{"entry_id":"e0","order_id":"0"},{"entry_id":"e1","order_id":"1"}],"next":""}`, ""} {
		handlers := map[string]http.HandlerFunc{"GET /products/1": says(`{"product_id":1,"stock":3}`)}
		if ledger != "" {
			handlers["GET /ledger"] = says(ledger)
		}
		bought := loaded(2, true)
		s, err := ReadQuiescent(t.Context(), foreign(t, handlers), Subjects{Products: []purchase.ID{1}}, bought, nil, settle)
		if err != nil || s.Unsettled != "" || len(s.Products) != 1 {
			t.Errorf("ledger %q: %+v, %v; want a settled state", ledger, s, err)
		}
		if waited := s.At.Sub(newAcknowledged(bought, nil).last); ledger == "" && waited < settle {
			t.Errorf("without orders and ledger the state is %v after the last answer, want at least %v", waited, settle)
		}
	}
}

// TestQuiescentLedger: the ledger has to have what the orders moved, or the time for
// settling is over.
func TestQuiescentLedger(t *testing.T) {
	moved := time.Now()
	entry := func(id int, kind string) purchase.Entry {
		return purchase.Entry{EntryID: fmt.Sprint(kind, id), OrderID: fmt.Sprint(id), UserID: 1, Kind: kind, Amount: 5, At: moved.Add(time.Duration(id) * time.Second)}
	}
	all := []purchase.Entry{entry(0, purchase.Charge), entry(1, purchase.Charge), entry(2, purchase.Charge), entry(3, purchase.Charge), entry(3, purchase.Refund)}
	for _, tt := range []struct {
		name      string
		health    string
		shown     func(read int64) []purchase.Entry
		before    *audit.State
		entries   int
		unsettled string
	}{
		{"all of it", "", func(int64) []purchase.Entry { return all }, nil, 5, ""},
		{"late", "", func(read int64) []purchase.Entry { return all[:min(5, read)] }, nil, 5, ""},
		{"a refund is late", "", func(read int64) []purchase.Entry { return all[:min(5, 3+read)] }, nil, 5, ""},
		{"later than the time for settling", "", func(int64) []purchase.Entry { return all[:2] }, nil, 2, "the ledger lacks the movements of the newest 1 order 500ms after the load had ended, such as order 2"},
		{"a refund later than the time for settling", "", func(int64) []purchase.Entry { return all[:4] }, nil, 4, "lacks the movements of the newest 1 order"},
		{"one in the middle is missing", "", func(int64) []purchase.Entry { return slices.Concat(all[:1], all[2:]) }, nil, 4, ""},
		{"none", "", func(int64) []purchase.Entry { return nil }, nil, 0, ""},
		{"a declared lag is over", `{"status":"ok","reads_lag_ms":0}`, func(int64) []purchase.Entry { return all[:2] }, nil, 2, ""},
		{"orders from before the load", "", func(int64) []purchase.Entry { return all[2:] }, &audit.State{Orders: ordersOf(2, true)}, 3, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			orders := ordersOf(4, true)
			orders[3].Status = purchase.Cancelled
			for i := range orders {
				orders[i].UpdatedAt = moved.Add(time.Duration(i)*time.Second + time.Millisecond)
			}
			var reads atomic.Int64
			handlers := map[string]http.HandlerFunc{
				"GET /orders": counting(new(atomic.Int64), func(int64) []purchase.Order { return orders }),
				"GET /ledger": func(w http.ResponseWriter, r *http.Request) {
					json.NewEncoder(w).Encode(purchase.Ledger{Entries: tt.shown(reads.Add(1))})
				},
			}
			if tt.health != "" {
				handlers["GET /health"] = says(tt.health)
			}
			settle := 500 * time.Millisecond
			if tt.entries == 5 {
				settle = time.Minute
			}
			s, err := ReadQuiescent(t.Context(), foreign(t, handlers), Subjects{}, loaded(3, true), tt.before, settle)
			if err != nil || len(s.Ledger) != tt.entries || (tt.unsettled == "") != (s.Unsettled == "") || !strings.Contains(s.Unsettled, tt.unsettled) {
				t.Errorf("%d entries, unsettled %q, %v; want %d, %q", len(s.Ledger), s.Unsettled, err, tt.entries, tt.unsettled)
			}
		})
	}
}

// TestQuiescentOutlastsARestart of the service while its state is read.
func TestQuiescentOutlastsARestart(t *testing.T) {
	var reads atomic.Int64
	c := foreign(t, map[string]http.HandlerFunc{"GET /orders": func(w http.ResponseWriter, r *http.Request) {
		if n := reads.Add(1); n >= 2 && n <= 5 { // more than the attempts of one read
			w.WriteHeader(503)
			return
		}
		json.NewEncoder(w).Encode(purchase.Orders{Orders: ordersOf(2, true)})
	}})
	q := newQuiescence(t.Context(), c, newAcknowledged(loaded(2, true), nil), time.Hour)
	q.outage = time.Hour
	s, err := q.read(t.Context(), Subjects{})
	if err != nil || len(s.Orders) != 2 || len(s.Failed) > 0 || s.Unsettled != "" {
		t.Errorf("a service that was away for a while: %+v, %v; want its two orders", s, err)
	}
	down := foreign(t, map[string]http.HandlerFunc{"GET /": status(503, "starting")})
	s, err = ReadQuiescent(t.Context(), down, subjects, loaded(2, true), nil, 200*time.Millisecond)
	if err != nil || !strings.Contains(s.Failed[audit.OrdersCall], "503") || s.Failed[audit.OrderCall] == "" || offersNothing(s) {
		t.Errorf("a service that stays away: %+v, %v; want why its calls failed", s, err)
	}
}

// TestFailedReads are repeated for a while after the first of them, however long the reading
// has lasted before, and end with it when they are several.
func TestFailedReads(t *testing.T) {
	began := time.Now()
	for _, tt := range []struct {
		name  string
		reads []float64 // seconds from the start, negative for one that fails
		ended bool      // by the last
	}{
		{"one at the start", []float64{-1}, false},
		{"for a moment", []float64{-1, -1.5, -2.9}, false},
		{"for the whole while", []float64{-1, -1.5, -3}, true},
		{"the first one late, as after a declared lag", []float64{-60}, false},
		{"late, for a moment", []float64{-60, -61}, false},
		{"late, for the whole while", []float64{-60, -62}, true},
		{"two that are far apart, and one that does not fail", []float64{-1, 2, -60}, false},
		{"again for a moment", []float64{-1, 2, -60, -61.9}, false},
		{"again for the whole while", []float64{-1, 2, -60, -62}, true},
	} {
		q := quiescence{acknowledged: newAcknowledged(loaded(1, true), nil), outage: failingFor, certain: began.Add(time.Hour), limit: began.Add(time.Hour)}
		for i, at := range tt.reads {
			s := &audit.State{At: began.Add(time.Duration(math.Abs(at) * float64(time.Second)))}
			if at < 0 {
				s.Failed = map[audit.Call]string{audit.OrdersCall: "503"}
			}
			if ended := q.ended(s); ended != (tt.ended && i == len(tt.reads)-1) {
				t.Errorf("%s: read %d ended it: %v", tt.name, i+1, ended)
			}
		}
	}
}

// TestMissingRouteIsNotAMissingOrder: whether GET /orders/{id} is offered.
func TestMissingRouteIsNotAMissingOrder(t *testing.T) {
	list := says(`{"orders":[{"order_id":"a","status":"CONFIRMED"},{"order_id":"b","status":"CONFIRMED"}],"next":""}`)
	empty := says(`{"orders":[],"next":""}`)
	for _, tt := range []struct {
		name     string
		handlers map[string]http.HandlerFunc
		offered  bool
		failed   bool
	}{
		{"the order", map[string]http.HandlerFunc{"GET /orders": list, "GET /orders/{id}": says(`{"order_id":"a"}`)}, true, false},
		{"unknown_order", map[string]http.HandlerFunc{"GET /orders": list, "GET /orders/{id}": status(404, `{"code":"unknown_order","detail":"no"}`)}, true, false},
		{"unknown_order at a service without orders", map[string]http.HandlerFunc{"GET /orders": empty, "GET /orders/{id}": status(404, `{"code":"unknown_order"}`)}, true, false},
		{"one order lost, a bare 404", map[string]http.HandlerFunc{"GET /orders": list, "GET /orders/b": says(`{"order_id":"b"}`)}, true, false},
		{"no such route", map[string]http.HandlerFunc{"GET /orders": list}, false, false},
		{"no such route, in words", map[string]http.HandlerFunc{"GET /orders": list, "GET /": status(404, `{"code":"not_found","detail":"there is nothing"}`)}, false, false},
		{"no such route and no order", map[string]http.HandlerFunc{"GET /orders": empty}, false, false},
		{"another method", map[string]http.HandlerFunc{"GET /orders": list, "DELETE /orders/{id}": says("")}, false, false},
		{"it fails", map[string]http.HandlerFunc{"GET /orders": list, "GET /orders/{id}": status(403, "")}, true, true},
	} {
		s, err := ReadQuiescent(t.Context(), foreign(t, tt.handlers), Subjects{}, nil, nil, 300*time.Millisecond)
		if err != nil {
			t.Fatal(err)
		}
		if offered := !slices.Contains(s.NotOffered, audit.OrderCall); offered != tt.offered || (s.Failed[audit.OrderCall] != "") != tt.failed {
			t.Errorf("%s: offered %v, failed %v; want %v, a failure: %v", tt.name, offered, s.Failed, tt.offered, tt.failed)
		}
	}
}

// TestDigest: what settles changes it, and what a stuck purchase does again and again does
// not.
func TestDigest(t *testing.T) {
	state := func(change func(*audit.State)) uint64 {
		s := &audit.State{
			Orders: ordersOf(2, true), Ledger: []purchase.Entry{{EntryID: "e", OrderID: "0", UserID: 1, Kind: purchase.Charge, Amount: 5}},
			Products: []purchase.Product{{ProductID: 1, Price: 5, Stock: 3}}, Users: []purchase.User{{UserID: 1, Balance: 9}},
		}
		change(s)
		return digest(s)
	}
	same := state(func(*audit.State) {})
	if again := state(func(s *audit.State) { s.At, s.Orders[0].UpdatedAt = time.Now(), time.Now() }); again != same {
		t.Error("the time of an update changes the digest")
	}
	for i, change := range []func(*audit.State){
		func(s *audit.State) { s.Orders[1].Status = purchase.Cancelled }, func(s *audit.State) { s.Orders[0].OrderID = "x" }, func(s *audit.State) { s.Orders[0].Amount++ },
		func(s *audit.State) { s.Ledger[0].Amount++ }, func(s *audit.State) { s.Ledger[0].UserID++ }, func(s *audit.State) { s.Products[0].Reserved++ },
		func(s *audit.State) { s.Products[0].Stock++ }, func(s *audit.State) { s.Users[0].Balance-- }, func(s *audit.State) { s.Orders = s.Orders[:1] },
	} {
		if state(change) == same {
			t.Errorf("change %d is not in the digest", i)
		}
	}
}
