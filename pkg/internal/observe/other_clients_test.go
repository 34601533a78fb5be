package observe

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
)

// TestSentKeysAreAlwaysFound, and few others are.
func TestSentKeysAreAlwaysFound(t *testing.T) {
	var s SentKeys
	const n = 200_000
	for i := range n {
		s.Add(fmt.Sprint("sent ", i))
	}
	wrong := 0
	for i := range n {
		if !s.Has(fmt.Sprint("sent ", i)) {
			t.Fatalf("key %d was sent and is not found", i)
		}
		if s.Has(fmt.Sprint("other ", i)) {
			wrong++
		}
	}
	if wrong > n/200 {
		t.Errorf("%d of %d other keys are found, want fewer than 1 in 200", wrong, n)
	}
}

// TestSamplerSeesOtherClients: orders that appear while load runs under keys that were not
// sent, and not those that were there before, of the load, of an earlier stage or without
// a key.
func TestSamplerSeesOtherClients(t *testing.T) {
	var mu sync.Mutex
	var orders []purchase.Order
	add := func(id, key string) {
		mu.Lock()
		defer mu.Unlock()
		orders = append(orders, purchase.Order{OrderID: id, IdempotencyKey: key, Status: purchase.Confirmed})
	}
	for i := range 30 {
		add(fmt.Sprint("old-", i), fmt.Sprint("of another ", i))
	}
	begun, last := make(chan struct{}), make(chan struct{})
	var once, end sync.Once
	c := foreign(t, map[string]http.HandlerFunc{
		"GET /orders": func(w http.ResponseWriter, r *http.Request) {
			from, _ := strconv.Atoi(r.FormValue("after"))
			limit, _ := strconv.Atoi(r.FormValue("limit"))
			mu.Lock()
			defer mu.Unlock()
			page := purchase.Orders{Orders: orders[from:min(len(orders), from+limit)]}
			if from+limit < len(orders) {
				page.Next = strconv.Itoa(from + limit)
			}
			json.NewEncoder(w).Encode(page)
			once.Do(func() { close(begun) })
		},
		"GET /orders/{id}": func(w http.ResponseWriter, r *http.Request) {
			json.NewEncoder(w).Encode(purchase.Order{OrderID: r.PathValue("id"), Status: purchase.Confirmed})
			if r.PathValue("id") == "last" {
				end.Do(func() { close(last) })
			}
		},
	})
	var sent SentKeys
	earlier := keyed.UUIDv7(1, "before", 1, time.Now().Add(-time.Hour))
	s := SampleBeside(t.Context(), c, Subjects{}, 10*time.Millisecond, &sent)
	waitFor(t, begun, "read of the list")
	for i := range 20 {
		sent.Add(fmt.Sprint("mine ", i))
		add(fmt.Sprint("mine-", i), fmt.Sprint("mine ", i))
	}
	add("theirs-1", "their key")
	add("theirs-2", keyed.UUIDv7(1, "theirs", 1, time.Now()))
	add("keyless", "")
	add("earlier", earlier)
	sent.Add("the last one")
	add("last", "the last one")
	waitFor(t, last, "read of the last order")
	s.Stop()
	if n, example := s.Others(); n != 2 || !strings.Contains(example, "order theirs-1 under key their key") {
		t.Errorf("orders of others: %d, such as %q; want the 2 of theirs", n, example)
	}
}

// TestTheEndOfTheListIsReadBeforeTheLoad: all pages but the last are read before the load begins, and none of
// them beside it.
func TestTheEndOfTheListIsReadBeforeTheLoad(t *testing.T) {
	const orders = 5*PageSize + 10
	var mu sync.Mutex
	var asked []int // from where pages were
	c := foreign(t, map[string]http.HandlerFunc{
		"GET /orders": func(w http.ResponseWriter, r *http.Request) {
			from, _ := strconv.Atoi(r.FormValue("after"))
			limit, _ := strconv.Atoi(r.FormValue("limit"))
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, from)
			var page purchase.Orders
			for i := from; i < min(orders, from+limit); i++ {
				page.Orders = append(page.Orders, purchase.Order{OrderID: fmt.Sprint(i), IdempotencyKey: fmt.Sprint("key ", i), Status: purchase.Confirmed})
			}
			if from+limit < orders {
				page.Next = strconv.Itoa(from + limit)
			}
			json.NewEncoder(w).Encode(page)
		},
		"GET /orders/{id}": func(w http.ResponseWriter, r *http.Request) {
			json.NewEncoder(w).Encode(purchase.Order{OrderID: r.PathValue("id"), Status: purchase.Confirmed})
		},
	})
	s := SampleBeside(t.Context(), c, Subjects{}, 10*time.Millisecond, new(SentKeys))
	mu.Lock()
	before := len(asked)
	mu.Unlock()
	time.Sleep(100 * time.Millisecond)
	s.Stop()
	if want := orders/PageSize + 1; before < want {
		t.Errorf("%d pages were read before the load, want %d", before, want)
	}
	for i, from := range asked {
		if i >= orders/PageSize+1 && from < 5*PageSize {
			t.Errorf("beside the load, page %d began at order %d, want one of the last", i, from)
		}
	}
}

// waitFor waits for an event, which a minute without it shows to be missing.
func waitFor(t *testing.T, event <-chan struct{}, name string) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(time.Minute):
		t.Fatalf("there was no %s within a minute", name)
	}
}
