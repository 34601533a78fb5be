package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
)

// several opens shops that share a database.
func several(t *testing.T, n int, c Config) (shops []*Shop, apis []*api) {
	t.Helper()
	if c.DB == "" {
		c.DB = postgres.Shared(t).Database(t)
	}
	for range n {
		s, base := opened(t, c)
		shops, apis = append(shops, s), append(apis, newAPI(t, base))
	}
	return shops, apis
}

// settle sends a request until it gets an answer that is the last word, to one
// process after the other.
func settle(t testing.TB, h *sent, r purchase.Request, first int, service func(i int) *api) {
	for i := first; t.Context().Err() == nil; i++ {
		h.asked(r)
		got, err := service(i).try("POST", "/purchase", string(r.Body(r.IdempotencyKey)))
		var body struct {
			OrderID string        `json:"order_id"`
			Code    purchase.Code `json:"code"`
		}
		if err == nil {
			err = json.Unmarshal(got.body, &body)
		}
		if err != nil || body.Code == purchase.InProgress || body.Code == purchase.Overloaded {
			h.answered(r.IdempotencyKey, 0, body.OrderID)
			time.Sleep(2 * time.Millisecond)
			continue
		}
		h.answered(r.IdempotencyKey, got.status, body.OrderID)
		return
	}
}

// TestKillAmongPeers kills one of three processes in the middle of load, again and
// again, and starts it again, or only when the next one is killed. Clients turn to
// the others meanwhile.
func TestKillAmongPeers(t *testing.T) {
	db := postgres.Shared(t).Database(t)
	rng := rand.New(rand.NewPCG(5, 6))
	var mu sync.Mutex
	var cmds [3]*exec.Cmd
	var apis [3]*api
	begin := func(i int) {
		cmd, base := child(t, db)
		mu.Lock()
		defer mu.Unlock()
		cmds[i], apis[i] = cmd, newAPI(t, base)
	}
	for i := range cmds {
		begin(i)
	}
	service := func(i int) *api {
		mu.Lock()
		defer mu.Unlock()
		return apis[i%3]
	}
	h := newSent()
	down := -1
	for round := range 4 {
		var requests []purchase.Request
		for i := range 200 {
			requests = append(requests, plain(1+rng.Int64N(3), 1+rng.Int64N(2), 1+rng.Int64N(3), fmt.Sprint(round, " ", i)))
		}
		victim, at := rng.IntN(3), int64(20+rng.IntN(100))
		if down >= 0 {
			begin(down)
			down = -1
		}
		var next, ended atomic.Int64
		var wg sync.WaitGroup
		for client := range 16 {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(requests)); i = next.Add(1) - 1 {
					settle(t, h, requests[i], client, service)
					if ended.Add(1) == at {
						cmds[victim].Process.Kill()
					}
				}
			})
		}
		wg.Wait()
		cmds[victim].Wait()
		if down = victim; round%2 == 0 {
			begin(down)
			down = -1
		}
	}
	a := service((down + 1) % 3)
	eventually(t, "rest", terminal(a))
	audit(t, a, crashFixture, h)
	if l := len(a.orders(1000)); l != 800 {
		t.Errorf("there are %d orders, want one for each of 800 keys", l)
	}
}

// TestZombie stops a process until the others have taken over its purchases, and
// lets it go on: it changes nothing, and comes back as a new process.
func TestZombie(t *testing.T) {
	db := postgres.Shared(t).Database(t)
	zombie, base := child(t, db)
	a := newAPI(t, base)
	_, base = child(t, db)
	b := newAPI(t, base)
	h := newSent()
	for round := range 2 {
		var wg sync.WaitGroup
		var answered atomic.Int64
		for i := range 60 {
			wg.Go(func() {
				r := plain(1+2*int64(i%2), 1+int64(i%2), 1, fmt.Sprint(round, " ", i))
				h.asked(r)
				sendOnce(a, h, r) // may wait for as long as the zombie is stopped
				settle(t, h, r, 0, func(int) *api { return b })
			})
			wg.Go(func() {
				r := plain(1, 1, 1, fmt.Sprint(round, " other ", i))
				settle(t, h, r, 0, func(int) *api { return b })
				if answered.Add(1) == int64(5+10*round) {
					pause(zombie.Process)
				}
			})
		}
		eventually(t, "the end of all purchases at the other", func() bool {
			return answered.Load() == 60 && terminal(b)()
		})
		resume(zombie.Process)
		wg.Wait()
		eventually(t, "a purchase at the process that was taken for dead", func() bool {
			r := plain(1, 1, 1, fmt.Sprint(round, " back ", time.Now().UnixNano()))
			return sendOnce(a, h, r) == http.StatusCreated
		})
	}
	eventually(t, "rest", terminal(b))
	audit(t, b, crashFixture, h)
}

// TestOneKeyOverPeers: simultaneous requests with one key are one purchase, and the
// processes that do not run it wait for its end as well.
func TestOneKeyOverPeers(t *testing.T) {
	_, apis := several(t, 3, Config{Fixture: &crashFixture})
	for round := range 5 {
		r := plain(1, 1, 1, fmt.Sprint("key ", round))
		replies := make([]reply, 50)
		var wg sync.WaitGroup
		for i := range replies {
			wg.Go(func() { replies[i] = apis[i%3].buy(r) })
		}
		wg.Wait()
		created := 0
		for _, got := range replies {
			if got.status == http.StatusCreated {
				created++
			} else {
				wants(t, "again", got, 200, "")
			}
			if string(got.body) != string(replies[0].body) {
				t.Errorf("answers differ: %s and %s", got.body, replies[0].body)
			}
		}
		if created != 1 {
			t.Errorf("%d answers are 201, want 1", created)
		}
		other := r
		other.Quantity = 2
		for _, a := range apis {
			wants(t, "another payload", a.buy(other), 422, purchase.KeyReused)
		}
	}
	if n := len(apis[0].orders(100)); n != 5 {
		t.Errorf("there are %d orders, want 5", n)
	}
	audit(t, apis[1], crashFixture, nil)
}

// TestInProgressElsewhere: a purchase that another process is at is in progress
// here, too, and waited for.
func TestInProgressElsewhere(t *testing.T) {
	shops, apis := several(t, 2, Config{Wait: 50 * time.Millisecond})
	release := shops[0].participants.Stock.BlockWrites()
	r := plain(1, 1, 1, "k")
	for i, a := range apis {
		wants(t, fmt.Sprint("at process ", i), a.buy(r), 409, purchase.InProgress)
	}
	release()
	eventually(t, "the end", func() bool { return apis[1].buy(r).status == 200 })
}

// TestStartTogether: processes that start at the same moment on an empty database
// all come up.
func TestStartTogether(t *testing.T) {
	db := postgres.Shared(t).Database(t)
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			a := newAPI(t, serving(t, Config{DB: db}))
			wants(t, "a purchase", a.buy(plain(1, 1, 1, fmt.Sprint(i))), 201, "")
		})
	}
	wg.Wait()
	audit(t, newAPI(t, serving(t, Config{DB: db})), purchase.Cases(), nil)
}

// TestCloseHandsOver: what a process could not finish before it had to stop, others
// take up at once, long before its lease would have run out.
func TestCloseHandsOver(t *testing.T) {
	shops, apis := several(t, 1, Config{Wait: time.Millisecond, leaseDuration: time.Hour})
	release := sync.OnceFunc(shops[0].participants.Stock.BlockWrites())
	defer release()
	r := plain(1, 1, 2, "k")
	wants(t, "the purchase", apis[0].buy(r), 409, purchase.InProgress)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- shops[0].Close(ctx) }()
	<-shops[0].sagas.engine.ctx.Done()
	_, others := several(t, 1, Config{DB: shops[0].config.DB, leaseDuration: 200 * time.Millisecond})
	eventually(t, "the end of the purchase elsewhere", func() bool { return others[0].buy(r).status == 200 })
	release()
	<-closed // it may complain about the saga that it cut off
}

// TestFixturesOverPeers sets fixtures at all processes in turn while clients buy.
func TestFixturesOverPeers(t *testing.T) {
	_, apis := several(t, 3, Config{Lab: true})
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for client := range 12 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				r, err := apis[i%3].try("POST", "/purchase", string(plain(1+2*int64(i%2), 1, 1, "").Body(fmt.Sprint(client, " ", i))))
				if err != nil || !slices.Contains([]int{201, 409, 503}, r.status) {
					t.Errorf("POST /purchase: got %d %s, %v, want 201, 409 or 503", r.status, r.body, err)
					return
				}
			}
		})
	}
	body, err := json.Marshal(purchase.Cases())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 9 {
		a := apis[i%3]
		var r reply
		for r = a.do("PUT", "/lab/scenario", string(body)); r.status == 503; r = a.do("PUT", "/lab/scenario", string(body)) {
		}
		wants(t, "PUT /lab/scenario", r, 204, "")
		eventually(t, "some purchases on the new fixture", func() bool { return len(a.orders(1000)) > 3 })
	}
	close(stop)
	wg.Wait()
	eventually(t, "rest", terminal(apis[0]))
	audit(t, apis[2], purchase.Cases(), nil)
}

// TestFixtureIsKnownToPeers: users and products of another process's fixture can buy and be
// bought at once, and removed ones are unknown.
func TestFixtureIsKnownToPeers(t *testing.T) {
	shops, apis := several(t, 2, Config{})
	sc := purchase.Fixture{
		Users:    []purchase.FixtureUser{{UserID: 7, Balance: 1000}},
		Products: []purchase.FixtureProduct{{ProductID: 9, Price: 10, Stock: 5}},
	}
	wants(t, "before", apis[1].buy(plain(7, 9, 1, "")), 404, purchase.UnknownUser)
	if err := shops[0].SetFixture(t.Context(), sc); err != nil {
		t.Fatal(err)
	}
	wants(t, "a new user", apis[1].buy(plain(7, 9, 1, "")), 201, "")
	if err := shops[0].SetFixture(t.Context(), purchase.Cases()); err != nil {
		t.Fatal(err)
	}
	wants(t, "a user of the last fixture", apis[1].buy(plain(7, 9, 1, "")), 404, purchase.UnknownUser)
}

// TestFixtureOfTheDead: a process dies at any point of setting a fixture, and another
// one makes it good.
func TestFixtureOfTheDead(t *testing.T) {
	sc := purchase.Fixture{
		Users:    []purchase.FixtureUser{{UserID: 7, Balance: 1000}},
		Products: []purchase.FixtureProduct{{ProductID: 9, Price: 10, Stock: 5}},
	}
	for _, c := range []struct {
		name string
		die  func(dead *Shop) error
		want purchase.Fixture
	}{
		{"waiting for purchases", func(*Shop) error { return nil }, purchase.Cases()},
		{"planned", func(dead *Shop) error { _, _, err := dead.planned(sc); return err }, sc},
		{"set in part", func(dead *Shop) error {
			_, epoch, err := dead.planned(sc)
			return errors.Join(err, dead.participants.Stock.ResetTo(epoch, sc.Products))
		}, sc},
	} {
		t.Run(c.name, func(t *testing.T) {
			dead, err := Open(t.Context(), Config{DB: postgres.Shared(t).Database(t)})
			if err != nil {
				t.Fatal(err)
			}
			if got, err := dead.leases.ClaimFixture(""); err != nil || !got {
				t.Fatalf("take: got %v, %v", got, err)
			}
			if err := c.die(dead); err != nil {
				t.Fatal(err)
			}
			dead.stop() // it renews its lease no more
			dead.background.Wait()
			if err := dead.leases.Leave(); err != nil {
				t.Fatal(err)
			}
			_, apis := several(t, 1, Config{DB: dead.config.DB})
			u := c.want.Users[0].UserID
			wants(t, "a purchase afterwards", apis[0].buy(plain(int64(u), int64(c.want.Products[0].ProductID), 1, "")), 201, "")
			audit(t, apis[0], c.want, nil)
			// It was not dead after all, and goes on.
			if planned, _, err := dead.planned(sc); err != nil || planned {
				t.Errorf("plan of a process that is no longer the setter: got %v, %v, want no plan", planned, err)
			}
			if c.name != "waiting for purchases" {
				if err := dead.fixtures.applyShared(2, sc); err != nil {
					t.Error(err)
				}
			}
			audit(t, apis[0], c.want, nil)
			dead.discard()
		})
	}
}

// planned begins a fixture as SetFixture does, and stops there.
func (s *Shop) planned(sc purchase.Fixture) (bool, int64, error) {
	text, err := json.Marshal(sc)
	if err != nil {
		return false, 0, err
	}
	return s.leases.PlanFixture(string(text))
}

// TestFixturesAreSetOneAtATime by all processes together.
func TestFixturesAreSetOneAtATime(t *testing.T) {
	shops, apis := several(t, 2, Config{Wait: time.Millisecond, Lab: true})
	release := shops[0].participants.Stock.BlockWrites()
	wants(t, "in progress", apis[0].buy(plain(1, 1, 1, "k")), 409, purchase.InProgress)
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() { first <- shops[1].SetFixture(ctx, purchase.Plenty()) }()
	eventually(t, "the wait for the purchase", func() bool {
		now, err := shops[0].leases.FixtureState()
		return err == nil && now.Setter != ""
	})
	if err := shops[0].SetFixture(t.Context(), purchase.Plenty()); !errors.Is(err, errNotNow) {
		t.Errorf("a second fixture meanwhile: got %v, want it refused", err)
	}
	for i, a := range apis {
		wants(t, fmt.Sprint("a purchase meanwhile at process ", i), a.buy(plain(3, 1, 1, "")), 503, purchase.Overloaded)
	}
	cancel()
	if err := <-first; !errors.Is(err, errNotNow) {
		t.Errorf("a fixture whose wait timed out: got %v, want errNotNow", err)
	}
	other := plain(3, 1, 1, "other")
	eventually(t, "a purchase after a fixture that was not set", func() bool { return apis[1].buy(other).status == 200 })
	release()
	eventually(t, "the end", func() bool { return apis[1].buy(plain(1, 1, 1, "k")).status == 200 })
}
