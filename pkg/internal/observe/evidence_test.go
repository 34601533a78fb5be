package observe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// record adds a stage to a run that was sent to api, with n confirmed purchases by a user
// under the keys <stage>-0 to <stage>-<n-1>, whose answers name orders like the keys.
func record(t *testing.T, run runs.Run, api, stage string, n int, user int64) {
	t.Helper()
	w, err := run.Begin(runs.Info{Stage: stage, Kind: runs.Load, Seed: 5, API: api})
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		key := fmt.Sprintf("%s-%d", stage, i)
		r := runs.Record{
			Operation: runs.Operation{Stage: stage, Index: int64(i), Key: key, UserID: purchase.ID(user), ProductID: 1, Quantity: 1, PaymentMethodID: 1, Outcome: purchase.OK, Success: true},
			Attempts:  []runs.Attempt{{Stage: stage, Index: int64(i), Number: 1, Key: key, StartTS: time.Now(), Status: 201, Sent: true, OrderID: key}},
		}
		if err := w.Append([]runs.Record{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(runs.Complete, ""); err != nil {
		t.Fatal(err)
	}
}

// shelf is a service without fixtures whose orders and price tests change.
type shelf struct {
	mu     sync.Mutex
	orders []purchase.Order
	price  int64
	read   map[string]bool // paths of products and users
}

func (s *shelf) add(keys ...string) {
	for _, k := range keys {
		s.orders = append(s.orders, purchase.Order{OrderID: k, IdempotencyKey: k, Status: purchase.Confirmed})
	}
}

func (s *shelf) client(t *testing.T) *purchase.Client {
	single := func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.read[r.URL.Path] = true
		if strings.HasPrefix(r.URL.Path, "/users/") {
			fmt.Fprintf(w, `{"user_id":%s,"balance":100}`, r.PathValue("id"))
			return
		}
		fmt.Fprintf(w, `{"product_id":%s,"price":%d,"stock":5}`, r.PathValue("id"), s.price)
	}
	s.read, s.price = map[string]bool{}, 10
	return foreign(t, map[string]http.HandlerFunc{
		"GET /orders": func(w http.ResponseWriter, r *http.Request) {
			json.NewEncoder(w).Encode(purchase.Orders{Orders: s.orders})
		},
		"GET /products/{id}": single, "GET /users/{id}": single,
	})
}

func keysOf(stage string, n int) (keys []string) {
	for i := range n {
		keys = append(keys, fmt.Sprintf("%s-%d", stage, i))
	}
	return keys
}

func TestSameSubjectsBeforeAndAfter(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "")
	if err != nil {
		t.Fatal(err)
	}
	var s shelf
	c := s.client(t)
	if applied, err := ApplyFixture(t.Context(), c, run, "plenty", purchase.Plenty(), Subjects{Products: []purchase.ID{1, 7}, Users: []purchase.ID{9}}); applied || err != nil {
		t.Fatal(applied, err)
	}
	before := s.read
	s.read = map[string]bool{}
	record(t, run, c.Endpoint().String(), "one", 2, 1)
	s.add(keysOf("one", 2)...)
	e, err := CollectEvidence(t.Context(), c, run, time.Minute, false)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"/products/1", "/products/7", "/users/1", "/users/2", "/users/3", "/users/9"}; fmt.Sprint(before) != fmt.Sprint(s.read) || len(before) != len(want) {
		t.Errorf("read before %v, after %v; want both times %v", before, s.read, want)
	}
	if len(e.Before.Users) != len(e.After.Users) || len(e.After.Users) != 4 || len(e.Before.Products) != len(e.After.Products) {
		t.Errorf("before %d users and %d products, after %d and %d", len(e.Before.Users), len(e.Before.Products), len(e.After.Users), len(e.After.Products))
	}
	old := Baseline{Before: e.Before}
	if got := old.subjects(); len(got.Users) != 4 || len(got.Products) != 2 {
		t.Errorf("subjects of a baseline without them: %+v, want those that were read", got)
	}
}

func TestOtherTrafficIsNamed(t *testing.T) {
	for _, tt := range []struct {
		name   string
		sole   bool
		change func(t *testing.T, s *shelf, store runs.Store, api string)
		sealed bool
		note   string // a part of the only note, "" for none
		state  string // a part of why the state is not settled
	}{
		{"alone", true, func(*testing.T, *shelf, runs.Store, string) {}, true, "", ""},
		{"alone, which was not said", false, func(*testing.T, *shelf, runs.Store, string) {}, false, "", ""},
		{"another client", false, func(_ *testing.T, s *shelf, _ runs.Store, _ string) { s.add("x", "y") }, false, "2 orders are under keys that this run did not send, such as order x under key x", ""},
		{"orders of the service's own", true, func(_ *testing.T, s *shelf, _ runs.Store, _ string) { s.add("x") }, true, "", ""},
		{"another run at the same time", true, func(t *testing.T, s *shelf, store runs.Store, api string) {
			other, err := store.Create("other", api)
			if err != nil {
				t.Fatal(err)
			}
			record(t, other, api, "theirs", 1, 1)
		}, false, "stage theirs of run", ""},
		{"another run at another service", true, func(t *testing.T, s *shelf, store runs.Store, api string) {
			other, err := store.Create("other", "http://127.0.0.1:1")
			if err != nil {
				t.Fatal(err)
			}
			record(t, other, "http://127.0.0.1:1", "theirs", 1, 1)
		}, true, "", ""},
		{"another price", false, func(_ *testing.T, s *shelf, _ runs.Store, _ string) { s.price = 12 }, false, "the price of product 1 was 10 at the beginning and 12 at the end", ""},
		{"a reset", false, func(_ *testing.T, s *shelf, _ runs.Store, _ string) { s.orders = s.orders[1:] }, false, "", "none of the 1 orders that were read before the run is in the state"},
	} {
		store := runs.Store{Dir: t.TempDir()}
		run, err := store.Create("t", "")
		if err != nil {
			t.Fatal(err)
		}
		var s shelf
		c := s.client(t)
		s.add("old")
		if err := ReadBaseline(t.Context(), c, run, Subjects{Products: []purchase.ID{1}, Users: []purchase.ID{1}}); err != nil {
			t.Fatal(err)
		}
		record(t, run, c.Endpoint().String(), "one", 3, 1)
		s.add(keysOf("one", 3)...)
		tt.change(t, &s, store, c.Endpoint().String())
		e, err := CollectEvidence(t.Context(), c, run, time.Minute, tt.sole)
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(e.Notes, "\n"); e.Sealed != tt.sealed || (text == "") != (tt.note == "") || !strings.Contains(text, tt.note) || len(e.Notes) > 1 {
			t.Errorf("%s: sealed %v, notes %q; want %v, %q", tt.name, e.Sealed, e.Notes, tt.sealed, tt.note)
		}
		if why := e.After.Unsettled; (why == "") != (tt.state == "") || !strings.Contains(why, tt.state) {
			t.Errorf("%s: unsettled %q, want %q", tt.name, why, tt.state)
		}
	}
}

// TestForeignFixtureUnsettles: after another run's fixture the orders are not waited for,
// and nothing is asked again.
func TestForeignFixtureUnsettles(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("t", "")
	if err != nil {
		t.Fatal(err)
	}
	var s shelf
	c := s.client(t)
	record(t, run, c.Endpoint().String(), "one", 3, 1)
	if err := recordForeign(run, []ForeignFixture{{At: time.Now(), API: "x", Name: "plenty", By: "a", During: run.ID, Stage: "one"}}, []runs.Run{run}); err != nil {
		t.Fatal(err)
	}
	e, err := CollectEvidence(t.Context(), c, run, time.Hour, true)
	if err != nil || e.Sealed || !strings.Contains(e.After.Unsettled, "fixture plenty was applied") || len(e.Notes) == 0 {
		t.Errorf("sealed %v, unsettled %q, notes %q, %v; want that a fixture was applied", e.Sealed, e.After.Unsettled, e.Notes, err)
	}
	if err := AskAgain(t.Context(), c, run, &e, 5, time.Second); !errors.Is(err, ErrNotAskedAgain) {
		t.Errorf("asking again: %v, want ErrNotAskedAgain", err)
	}
}

// TestPagesThatChange while they are read: an order that is listed twice, one that is
// missed, a cursor that goes round in a circle.
func TestPagesThatChange(t *testing.T) {
	pages := func(next map[string]string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			after := r.FormValue("after")
			json.NewEncoder(w).Encode(purchase.Orders{Orders: []purchase.Order{{OrderID: "o" + after, Status: purchase.Confirmed}, {OrderID: "again", Status: purchase.Confirmed}}, Next: next[after]})
		}
	}
	s, err := ReadQuiescent(t.Context(), foreign(t, map[string]http.HandlerFunc{"GET /orders": pages(map[string]string{"": "1", "1": "2"})}), Subjects{}, nil, nil, time.Second)
	if err != nil || len(s.Orders) != 6 || s.Unsettled != "" || len(s.Failed) != 0 {
		t.Errorf("an order on every page: %+v, %v; want it as it was read", s, err)
	}
	s, err = ReadQuiescent(t.Context(), foreign(t, map[string]http.HandlerFunc{"GET /orders": pages(map[string]string{"": "1", "1": "2", "2": "1"})}), Subjects{}, nil, nil, 200*time.Millisecond)
	if why := s.Failed[audit.OrdersCall]; err != nil || !strings.Contains(why, "cursor") || len(s.Orders) > 100 {
		t.Errorf("a circle of cursors: %d orders, failed %q, %v; want that it is noticed", len(s.Orders), why, err)
	}
}
