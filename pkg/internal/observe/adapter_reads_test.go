package observe

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// answersOnly is an adapter of a service of which nothing can be read.
type answersOnly struct{}

func (answersOnly) Request(c purchase.Call) (retry.Request, error) {
	return purchase.Contract{}.Request(c)
}

func (answersOnly) Read(c purchase.Call, a retry.Attempt) purchase.Answer {
	return purchase.Contract{}.Read(c, a)
}

// readsNothing implements every read, each with an error that wraps purchase.ErrNotRead.
type readsNothing struct{ answersOnly }

func (readsNothing) Orders(purchase.Service) ([]purchase.Order, error) {
	return nil, fmt.Errorf("orders: %w", purchase.ErrNotRead)
}

func (readsNothing) Order(purchase.Service, string) (o purchase.Order, err error) {
	return o, fmt.Errorf("order: %w", purchase.ErrNotRead)
}

func (readsNothing) Product(purchase.Service, purchase.ID) (p purchase.Product, err error) {
	return p, fmt.Errorf("product: %w", purchase.ErrNotRead)
}

func (readsNothing) User(purchase.Service, purchase.ID) (u purchase.User, err error) {
	return u, fmt.Errorf("user: %w", purchase.ErrNotRead)
}

func (readsNothing) Ledger(purchase.Service) ([]purchase.Entry, error) {
	return nil, fmt.Errorf("ledger: %w", purchase.ErrNotRead)
}

// TestUnreadOfTheContract: what a service of the contract does not offer is said in the words of
// the contract, also where the adapter is a pointer to it.
func TestUnreadOfTheContract(t *testing.T) {
	for _, adapter := range []purchase.Adapter{purchase.Contract{}, &purchase.Contract{}} {
		s, err := ReadState(t.Context(), foreign(t, nil).WithAdapter(adapter), Subjects{})
		if err != nil || len(s.NotOffered) == 0 || s.Unread != nil {
			t.Errorf("%T: %v is not offered, in other words %v (%v); want none", adapter, s.NotOffered, s.Unread, err)
		}
	}
}

// TestNothingIsSentForWhatIsNotRead: reads that an adapter does not offer are noted as not
// offered, without a request and long before the time for settling has passed.
func TestNothingIsSentForWhatIsNotRead(t *testing.T) {
	for _, adapter := range []purchase.Adapter{answersOnly{}, readsNothing{}} {
		var requests atomic.Int64
		c := foreign(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) {
			requests.Add(1)
			w.WriteHeader(http.StatusNotFound)
		}}).WithAdapter(adapter)
		of := Subjects{Products: []purchase.ID{1, 2}, Users: []purchase.ID{1}}
		sampler := Sample(t.Context(), c, of, 10*time.Millisecond)
		s, err := ReadQuiescent(t.Context(), c, of, loaded(3, true), nil, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		want := []audit.Call{audit.LedgerCall, audit.OrdersCall, audit.OrderCall, audit.ProductsCall, audit.UsersCall}
		slices.Sort(s.NotOffered)
		if slices.Sort(want); !slices.Equal(s.NotOffered, want) || len(s.Failed) > 0 {
			t.Errorf("%T: not offered %v, failed %v; want %v and none", adapter, s.NotOffered, s.Failed, want)
		}
		sampler.done.Wait() // it ends by itself
		sampler.Stop()
		if n := requests.Load(); n != 0 {
			t.Errorf("%T: %d requests were sent", adapter, n)
		}
	}
}

// listsOrders is an adapter that lists all orders and reads nothing else.
type listsOrders struct {
	answersOnly
	list func() []purchase.Order
}

func (a listsOrders) Orders(purchase.Service) ([]purchase.Order, error) { return a.list(), nil }

// TestOrderWithoutStatus: it is an error of the list that names it.
func TestOrderWithoutStatus(t *testing.T) {
	c := foreign(t, nil).WithAdapter(listsOrders{list: func() []purchase.Order {
		return []purchase.Order{{OrderID: "a", Status: purchase.Confirmed}, {OrderID: "b"}}
	}})
	s, err := ReadState(t.Context(), c, Subjects{})
	if err != nil {
		t.Fatal(err)
	}
	if why := s.Failed[audit.OrdersCall]; !strings.Contains(why, `order "b" was read without a status`) {
		t.Errorf("GET /orders failed with %q, want that order b has no status", why)
	}
}

// paidElsewhere is an adapter whose service knows no user, at an address of its own.
type paidElsewhere struct{ answersOnly }

func (paidElsewhere) User(s purchase.Service, id purchase.ID) (u purchase.User, err error) {
	_, err = s.Get("/wallets/" + id.String())
	return u, err
}

// TestUnreadInWordsOfTheAdapter: what cannot be read is named as the adapter reads it, and a user
// that the service does not know is no call that it does not have.
func TestUnreadInWordsOfTheAdapter(t *testing.T) {
	c := foreign(t, map[string]http.HandlerFunc{"/": func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusNotFound) }}).WithAdapter(paidElsewhere{})
	s, err := ReadState(t.Context(), c, Subjects{Users: []purchase.ID{7}})
	if err != nil {
		t.Fatal(err)
	}
	for call, want := range map[audit.Call]string{
		audit.UsersCall: "the balances could not be read: GET /wallets/7: HTTP 404", audit.LedgerCall: "the adapter observe.paidElsewhere does not read the ledger",
	} {
		if why, beyond := s.Unusable(call); why != want || !beyond {
			t.Errorf("%s: %q, beyond %v; want %q and true", call, why, beyond, want)
		}
	}
}

// readsOrders is listsOrders that reads single orders, too, without their ids.
type readsOrders struct {
	listsOrders
	read atomic.Int64
}

func (a *readsOrders) Order(purchase.Service, string) (purchase.Order, error) {
	a.read.Add(1)
	return purchase.Order{Status: purchase.Confirmed}, nil
}

// TestSamplerFollowsTheEndOfAList: of a list that comes as a whole the newest orders are
// followed, under the ids that were asked for, also when it was empty at first.
func TestSamplerFollowsTheEndOfAList(t *testing.T) {
	var lists atomic.Int64
	a := &readsOrders{listsOrders: listsOrders{list: func() []purchase.Order {
		if lists.Add(1) < 3 {
			return nil
		}
		return ordersOf(100, false)
	}}}
	s := Sample(t.Context(), foreign(t, nil).WithAdapter(a), Subjects{Products: []purchase.ID{1}, Users: []purchase.ID{1}}, 10*time.Millisecond)
	for a.read.Load() < 3*followedOrders {
		time.Sleep(5 * time.Millisecond)
	}
	seen := map[string]bool{}
	for _, x := range s.Stop() {
		for _, o := range x.Orders {
			seen[o.OrderID] = true
		}
	}
	if len(seen) != followedOrders || !seen["99"] || !seen["92"] {
		t.Errorf("followed %v, want orders 92 to 99", seen)
	}
}

// TestSamplerWaitsAfterALongList: a list that comes as a whole is read for half of the time at
// most, so that the service has the other half for the load.
func TestSamplerWaitsAfterALongList(t *testing.T) {
	client := foreign(t, nil) // nothing is sent
	synctest.Test(t, func(t *testing.T) {
		var lists atomic.Int64
		a := &readsOrders{listsOrders: listsOrders{list: func() []purchase.Order {
			lists.Add(1)
			time.Sleep(time.Second)
			return ordersOf(100, true)
		}}}
		s := Sample(t.Context(), client.WithAdapter(a), Subjects{}, 10*time.Millisecond)
		time.Sleep(20*time.Second + time.Millisecond)
		if n := lists.Load(); n < 9 || n > 11 {
			t.Errorf("the list, which takes 1 s, was read %d times within 20 s, want about 10", n)
		}
		s.Stop()
	})
}

// TestHiddenWork: purchases without an outcome at a service that shows no pending order are
// waited for until the time for settling has passed; one that shows it says when they ended.
func TestHiddenWork(t *testing.T) {
	for _, tt := range []struct {
		name    string
		meaning purchase.Meaning
		pending bool
		waits   bool
	}{
		{"every purchase has an outcome", purchase.MeansConfirmed, false, false},
		{"one was not answered", purchase.MeansUnclear, false, true},
		{"one was not answered, and a pending order is shown", purchase.MeansUnclear, true, false},
	} {
		client := foreign(t, nil) // nothing is sent
		synctest.Test(t, func(t *testing.T) {
			stages := loaded(2, true)
			stages[0].Attempts[1].Meaning = tt.meaning.String()
			reads := 0
			a := listsOrders{list: func() []purchase.Order {
				list := ordersOf(2, true)
				if reads++; tt.pending && reads == 1 {
					list[1].Status = purchase.Pending
				}
				return list
			}}
			c := client.WithAdapter(a)
			began := time.Now()
			if _, err := ReadQuiescent(t.Context(), c, Subjects{}, stages, nil, time.Minute); err != nil {
				t.Fatal(err)
			}
			if waited := time.Since(began) >= time.Minute; waited != tt.waits {
				t.Errorf("%s: read after %v, want it to wait for settling: %v", tt.name, time.Since(began), tt.waits)
			}
		})
	}
}
