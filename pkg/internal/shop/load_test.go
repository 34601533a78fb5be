package shop

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"sagalab/pkg/purchase"
)

// TestConservation buys at random from scarce stock with scarce money, with keys
// that are used again, and then counts everything.
func TestConservation(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, db string) { conservation(t, db, seed) })
		})
	}
}

func conservation(t *testing.T, db string, seed uint64) {
	rng := rand.New(rand.NewPCG(seed, 1))
	sc := scarce(rng)
	a := newAPI(t, serving(t, Config{DB: db, Fixture: &sc, MaxInProgress: 8 + rng.IntN(20)}))
	h := newSent()
	var requests []purchase.Request
	for i := range 150 {
		r := plain(1+rng.Int64N(3), 1+rng.Int64N(2), 1+rng.Int64N(4), fmt.Sprint(seed, " ", i))
		for range 1 + rng.IntN(3) {
			requests = append(requests, r)
		}
	}
	rng.Shuffle(len(requests), func(i, j int) { requests[i], requests[j] = requests[j], requests[i] })
	sendAll(t, a, h, requests, 24)
	eventually(t, "rest", terminal(a))
	audit(t, a, sc, h)
}

func scarce(rng *rand.Rand) purchase.Fixture {
	sc := purchase.Fixture{}
	for id := range int64(3) {
		sc.Users = append(sc.Users, purchase.FixtureUser{UserID: purchase.ID(id + 1), Balance: rng.Int64N(100_000)})
	}
	for id := range int64(2) {
		sc.Products = append(sc.Products, purchase.FixtureProduct{ProductID: purchase.ID(id + 1), Price: 1 + rng.Int64N(1000), Stock: rng.Int64N(150)})
	}
	return sc
}

// sendAll has clients send the requests, each until it gets an answer that is none of
// overload, and remembers what came of it.
func sendAll(t testing.TB, a *api, h *sent, requests []purchase.Request, clients int) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(requests)); i = next.Add(1) - 1 {
				for sendOnce(a, h, requests[i]) == http.StatusServiceUnavailable {
				}
			}
		})
	}
	wg.Wait()
}

// sendOnce sends one request and returns the answer's status, 0 without one.
func sendOnce(a *api, h *sent, r purchase.Request) int {
	h.asked(r)
	got, err := a.try("POST", "/purchase", string(r.Body(r.IdempotencyKey)))
	if err != nil {
		h.answered(r.IdempotencyKey, 0, "")
		return 0
	}
	var body struct {
		OrderID string        `json:"order_id"`
		Code    purchase.Code `json:"code"`
	}
	if err := json.Unmarshal(got.body, &body); err != nil {
		a.t.Errorf("answer %d %q: %v", got.status, got.body, err)
	}
	status := got.status
	if body.Code == purchase.InProgress {
		status = 0 // says nothing about the outcome
	}
	h.answered(r.IdempotencyKey, status, body.OrderID)
	return got.status
}

// TestFixtureUnderLoad sets fixtures while clients buy: every order that is left
// belongs to the last fixture, and that adds up.
func TestFixtureUnderLoad(t *testing.T) { onBoth(t, testFixtureUnderLoad) }

func testFixtureUnderLoad(t *testing.T, db string) {
	a := newAPI(t, serving(t, Config{DB: db, Lab: true}))
	body, err := json.Marshal(purchase.Cases())
	if err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for client := range 16 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				r, err := a.try("POST", "/purchase", string(plain(1+2*int64(i%2), 1, 1, "").Body(fmt.Sprint(client, " ", i))))
				if err != nil || (r.status != 201 && r.status != 409 && r.status != 503) {
					t.Errorf("POST /purchase: got %d %s, %v, want 201, 409 or 503", r.status, r.body, err)
					return
				}
			}
		})
	}
	for range 8 {
		var r reply
		for r = a.do("PUT", "/lab/scenario", string(body)); r.status == 503; r = a.do("PUT", "/lab/scenario", string(body)) {
		}
		wants(t, "PUT /lab/scenario", r, 204, "")
		sold := len(a.orders(1000))
		eventually(t, "some purchases on the new fixture", func() bool { return len(a.orders(1000)) > sold })
	}
	close(stop)
	wg.Wait()
	eventually(t, "rest", terminal(a))
	audit(t, a, purchase.Cases(), nil)
}
