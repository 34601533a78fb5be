package runner

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// mixed is buyers of which of ten purchases one is a repetition, one re-uses a key and one
// has no key.
type mixed struct{}

func (mixed) Validate() error { return nil }
func (mixed) String() string  { return "mixed" }

func (m mixed) Buy(seed uint64, i int) purchase.Buy {
	b := purchase.Buy{Request: m.payload(seed, i)}
	switch back := 1 + i%7; {
	case i >= back && i%10 == 3:
		b.Request, b.SameKeyAs = m.payload(seed, i-back), back
	case i >= back && i%10 == 6:
		b.SameKeyAs = back
	case i%10 == 9:
		b.Keyless = true
	}
	return b
}

func (mixed) payload(seed uint64, i int) purchase.Request {
	user := 1 + int64(keyed.Fraction(seed, "user", fmt.Sprint(i), 0)*50)
	return purchase.Request{UserID: purchase.ID(user), ProductID: 1 + purchase.ID(i%3), Quantity: 1 + int64(i/3%2), PaymentMethodID: purchase.ID(user)}
}

// request is what a server saw of a purchase.
type request struct {
	purchase.Request
	header string
}

// requests is a server that keeps what it saw.
type requests struct {
	mu   sync.Mutex
	list []request
}

func (s *requests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var x request
	err := json.NewDecoder(r.Body).Decode(&x.Request)
	if keys, sent := r.Header["Idempotency-Key"]; sent {
		x.header = keys[0]
		if x.header == "" {
			err = errors.New("an empty key in the header")
		}
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.list = append(s.list, x)
	s.mu.Unlock()
	io.WriteString(w, `{"order_id":"o"}`)
}

// sentBy runs a stage of mixed purchases and returns its rows in the order of their indexes,
// and what the server saw.
func sentBy(t *testing.T, stage load.Stage, seed uint64) (runs.Stage, []request) {
	t.Helper()
	server := &requests{}
	run, to, _ := setup(t, server.ServeHTTP)
	to.Seed = seed
	if _, err := (Load{Stage: stage, Buyers: mixed{}}).Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	slices.SortFunc(s.Operations, func(a, b runs.Operation) int { return int(a.Index - b.Index) })
	return s, server.list
}

// TestBuyersDrawEachPurchase of a stage: what is recorded is what was sent and what the
// buyers draw, whatever the kind of stage and the number of virtual users.
func TestBuyersDrawEachPurchase(t *testing.T) {
	for _, text := range []string{"one:300x1", "shared:300x40", "each:15x20,each", "open:1000/s@300ms"} {
		stage, err := load.ParseStage(text)
		if err != nil {
			t.Fatal(err)
		}
		s, seen := sentBy(t, stage, 7)
		if s.Order != nil || s.Buyers != "mixed" || s.Bought() != "mixed" || len(s.Operations) != 300 {
			t.Errorf("%s: %d operations of %q, order %v; want 300 of mixed buyers, without an order", text, len(s.Operations), s.Buyers, s.Order)
		}
		for i, op := range s.Operations {
			b := mixed{}.Buy(7, i)
			want := b.Request
			if earlier := i - b.SameKeyAs; i%10 == 3 && keyedBefore(earlier) != earlier { // it repeats one with a key
				want = payloadOf(s.Operations[keyedBefore(earlier)])
			}
			if got := payloadOf(op); !op.Success || got != want {
				t.Errorf("%s: operation %d: %s, success %v; want %s", text, i, got, op.Success, want)
			}
			switch {
			case b.Keyless && op.Key != "", !b.Keyless && op.Key == "":
				t.Errorf("%s: operation %d has the key %q, keyless is %v", text, i, op.Key, b.Keyless)
			case b.SameKeyAs > 0 && s.Operations[keyedBefore(i-b.SameKeyAs)].Key != op.Key:
				t.Errorf("%s: operation %d does not have the key of operation %d", text, i, i-b.SameKeyAs)
			}
			if len(s.Attempts) != 300 || s.Attempts[i].Key != s.Operations[s.Attempts[i].Index].Key {
				t.Fatalf("%s: %d attempts, of which %d has another key than its operation", text, len(s.Attempts), i)
			}
		}
		checkSeen(t, text, s, seen)
	}
}

// keyedBefore is the last purchase of mixed up to i that has a key.
func keyedBefore(i int) int {
	for i%10 == 9 {
		i--
	}
	return i
}

func payloadOf(op runs.Operation) purchase.Request {
	return purchase.Request{UserID: op.UserID, ProductID: op.ProductID, Quantity: op.Quantity, PaymentMethodID: op.PaymentMethodID}
}

// checkSeen compares the rows with what the server saw, in any order.
func checkSeen(t *testing.T, text string, s runs.Stage, seen []request) {
	t.Helper()
	var want, got []string
	for _, op := range s.Operations {
		want = append(want, fmt.Sprint(payloadOf(op), " ", op.Key, " ", op.Key))
	}
	for _, r := range seen {
		key := r.IdempotencyKey
		r.IdempotencyKey = ""
		got = append(got, fmt.Sprint(r.Request, " ", key, " ", r.header))
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the server saw other purchases than were recorded", text)
	}
}

// TestSameSeedSendsTheSame in another run with another number of virtual users: the same
// purchases under keys that are alike but for their times; another seed sends others.
func TestSameSeedSendsTheSame(t *testing.T) {
	shown := func(vus int, seed uint64) (list []string) {
		s, _ := sentBy(t, load.Stage{Name: "s", Requests: 200, VUs: vus}, seed)
		for _, op := range s.Operations {
			list = append(list, fmt.Sprint(payloadOf(op), " ", keyed.Stable(op.Key)))
		}
		return list
	}
	first := shown(1, 7)
	if again := shown(50, 7); !slices.Equal(first, again) {
		t.Error("the same seed sent other purchases")
	}
	if other := shown(1, 8); slices.Equal(first, other) {
		t.Error("another seed sent the same purchases")
	}
}

// TestEarlierKeyInAPartition: a partition sends the keys of purchases that it sends itself,
// and repeats one of them as a whole.
func TestEarlierKeyInAPartition(t *testing.T) {
	for _, text := range []string{"shared:300x10", "each:15x20,each"} {
		stage, err := load.ParseStage(text)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 3 {
			part := load.Partition{Number: n, Of: 3}
			v, err := Load{Stage: stage, Buyers: mixed{}}.validate(part)
			if err != nil {
				t.Fatal(err)
			}
			d, sent := newDrawnPurchases(v, 7), map[string][]purchase.Request{}
			repeated, reused := 0, 0
			for i := range 300 {
				if part.Nearest(stage, i) != i {
					continue
				}
				r, _ := d.request(i, time.Unix(1, 0))
				key, b := r.IdempotencyKey, mixed{}.Buy(7, i)
				r.IdempotencyKey = ""
				earlier := sent[key]
				sent[key] = append(sent[key], r)
				switch {
				case b.Keyless || b.SameKeyAs == 0 || len(earlier) == 0 && i < 60: // nothing earlier is its own
				case len(earlier) == 0:
					t.Errorf("%s: purchase %d of partition %d has a key of its own", text, i, n)
				case i%10 == 3 && !slices.Contains(earlier, r):
					t.Errorf("%s: purchase %d of partition %d repeats a key with another payload", text, i, n)
				case i%10 == 3:
					repeated++
				default:
					reused++
				}
			}
			if repeated < 5 || reused < 5 {
				t.Errorf("%s: partition %d repeats %d purchases and re-uses %d keys, want some", text, n, repeated, reused)
			}
		}
	}
}

// TestReuseIsOfAnotherPayload, also where another worker sends the purchase whose key was
// drawn: what has an earlier key and is no repetition differs from what was bought first
// under it, and a repetition is that.
func TestReuseIsOfAnotherPayload(t *testing.T) {
	stage := load.Stage{Name: "s", Requests: 20_000, VUs: 10}
	for _, text := range []string{"users=1..2 products=1..2 reuse=10%", "users=1..2 repeat=10%", "users=1..2 reuse=30% repeat=30% keyless=10%", "users=1 reuse=10% keyless=60%"} {
		mix, err := buyers.ParseMix(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 2, 5, 7} {
			if right, wrong := earlierKeys(t, stage, mix, workers); right < 1500 || wrong > 0 {
				t.Errorf("%s, %d workers: of the purchases under an earlier key %d have the payload that they should have, %d have not", text, workers, right, wrong)
			}
		}
	}
}

// earlierKeys counts the purchases of a stage whose key is that of an earlier one of the
// same worker: those that repeat it when they should, or differ from it when they should,
// and the others.
func earlierKeys(t *testing.T, stage load.Stage, b purchase.Buyers, workers int) (right, wrong int) {
	t.Helper()
	for n := range workers {
		part := load.Partition{Number: n, Of: workers}
		v, err := Load{Stage: stage, Buyers: b}.validate(part)
		if err != nil {
			t.Fatal(err)
		}
		d, first := newDrawnPurchases(v, 7), map[string]purchase.Request{}
		for i := n; i < stage.Requests; i += workers {
			r, err := d.request(i, time.Unix(1, 0))
			if err != nil {
				t.Fatal(err)
			}
			drawn := b.Buy(7, i)
			before, seen := first[r.IdempotencyKey]
			switch repeats := drawn.SameKeyAs > 0 && drawn.Request == b.Buy(7, i-drawn.SameKeyAs).Request; {
			case r.IdempotencyKey == "":
			case !seen:
				first[r.IdempotencyKey] = r
			case repeats == (before == r):
				right++
			default:
				wrong++
			}
		}
	}
	return right, wrong
}

// TestKeyIsMadeOnce, also when the purchase that sends it again begins first.
func TestKeyIsMadeOnce(t *testing.T) {
	v, err := Load{Stage: load.Stage{Name: "s", Requests: 100, VUs: 1}, Buyers: mixed{}}.validate(load.Partition{})
	if err != nil {
		t.Fatal(err)
	}
	d := newDrawnPurchases(v, 7)
	again, _ := d.request(13, time.Unix(2, 0)) // a repetition of purchase 6
	first, _ := d.request(6, time.Unix(3, 0))
	if again != first {
		t.Errorf("purchase 13 was sent as %+v, the one that it repeats as %+v", again, first)
	}
	for i := range 3 * keptPurchases {
		d.request(100+10*i, time.Unix(4, 0))
	}
	if len(d.known) > keptPurchases || len(d.ring) > keptPurchases {
		t.Errorf("%d purchases are remembered, want at most %d", len(d.known), keptPurchases)
	}
}

// together is buyers who draw nothing until so many have asked.
type together struct {
	mixed
	ready *sync.WaitGroup
}

func (b together) Buy(seed uint64, i int) purchase.Buy {
	b.ready.Done()
	b.ready.Wait()
	return b.mixed.Buy(seed, i)
}

// TestKeyIsMadeOnceByMany virtual users at a time: all of them have the key of the first.
func TestKeyIsMadeOnceByMany(t *testing.T) {
	const users = 8
	ready := new(sync.WaitGroup)
	ready.Add(users)
	v, err := Load{Stage: load.Stage{Name: "s", Requests: 1, VUs: 1}, Buyers: together{ready: ready}}.validate(load.Partition{})
	if err != nil {
		t.Fatal(err)
	}
	d, keys := newDrawnPurchases(v, 7), make([]string, users)
	var asked sync.WaitGroup
	for i := range users {
		asked.Go(func() {
			r, _ := d.request(0, time.Unix(int64(i), 0))
			keys[i] = r.IdempotencyKey
		})
	}
	asked.Wait()
	if slices.Sort(keys); keys[0] == "" || keys[0] != keys[users-1] {
		t.Errorf("one purchase has the keys %q", keys)
	}
}

// farBack is buyers of whom every fourth sends the key of a purchase that is too far back.
type farBack struct{ mixed }

func (b farBack) Buy(seed uint64, i int) purchase.Buy {
	buy := purchase.Buy{Request: b.payload(seed, i)}
	if i%4 == 3 {
		buy.SameKeyAs = purchase.MaxSameKeyAs + i
	}
	return buy
}

// TestKeyOfTooFarBackIsNotSent: the purchase is recorded with the reason, and the others are sent.
func TestKeyOfTooFarBackIsNotSent(t *testing.T) {
	server := &requests{}
	run, to, _ := setup(t, server.ServeHTTP)
	if _, err := (Load{Stage: load.Stage{Name: "s", Requests: 8, VUs: 2}, Buyers: farBack{}}).Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	for _, op := range s.Operations {
		want, says := "", `"order_id":"o"`
		if op.Index%4 == 3 {
			want, says = "not_sent", fmt.Sprintf("purchase not sent: purchase %d sends the key of the one %d before it, want 0 (none) to 1000", op.Index, purchase.MaxSameKeyAs+op.Index)
		}
		if op.Reason != want || !strings.Contains(op.Message, says) || op.Success != (want == "") {
			t.Errorf("operation %d: success %v, %q, %q; want %q, %q", op.Index, op.Success, op.Reason, op.Message, want, says)
		}
	}
	if len(s.Operations) != 8 || len(s.Attempts) != 6 || len(server.list) != 6 {
		t.Errorf("%d operations with %d attempts, of which the server saw %d; want 8, 6 and 6", len(s.Operations), len(s.Attempts), len(server.list))
	}
}

// TestBadBuyersAreRefused before anything is sent.
func TestBadBuyersAreRefused(t *testing.T) {
	run, to, _ := setup(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	stage := load.Stage{Name: "s", Requests: 1, VUs: 1}
	for want, b := range map[string]purchase.Buyers{"nothing to buy": nil, "user_id is 0": purchase.Request{}, "no such feed": badBuyers{}} {
		_, err := Load{Stage: stage, Buyers: b}.Run(t.Context(), run, to, nil)
		_, _, trialErr := Trial{Load: Load{Stage: stage, Buyers: b}}.Run(t.Context(), run, to, nil)
		_, searchErr := Search{Name: "s", From: 1, To: 1, Probe: time.Second, Buyers: b, Thresholds: thresholds(t, "p99 < 1s")}.Run(t.Context(), run, to, nil)
		for _, err := range []error{err, trialErr, searchErr} {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("buyers %v: %v, want %q", b, err, want)
			}
		}
	}
	if n, err := run.Executed(); n != 0 || err != nil {
		t.Errorf("%d stages recorded (%v), want none", n, err)
	}
}

type badBuyers struct{ mixed }

func (badBuyers) Validate() error { return errors.New("no such feed") }

// BenchmarkRequest is what it takes to decide what a purchase is, without its sending.
func BenchmarkRequest(b *testing.B) {
	for name, buyers := range map[string]purchase.Buyers{"constant": order, "mixed": mixed{}} {
		b.Run(name, func(b *testing.B) {
			v, err := Load{Stage: load.Stage{Name: "s", Requests: load.MaxRequests, VUs: 1}, Buyers: buyers}.validate(load.Partition{})
			if err != nil {
				b.Fatal(err)
			}
			d, at := newDrawnPurchases(v, 7), time.Now()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				d.request(i, at)
			}
		})
	}
}
