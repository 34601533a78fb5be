package market

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mostLoads is how many loads a bug has to strike in one of.
const mostLoads = 20

// TestEachBugStrikes: none of the bugs is dead code.
func TestEachBugStrikes(t *testing.T) {
	for _, b := range Bugs() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(mostLoads) { // whether calls overlap depends on the machine
				m, c := start(t, Options{Seed: seed, Bug: b.Name, BugProbability: max(b.Probability, 0.6), PageSize: 20, Fixture: varied()})
				everything(m, c)
				if n := m.Struck(); n > 0 {
					t.Logf("%d times in load %d, %d violations", n, seed+1, len(m.Violations()))
					return
				}
			}
			t.Errorf("%s did not strike in %d loads: %s", b.Name, mostLoads, b.Title)
		})
	}
}

func TestCorrectMarketIsNotStruck(t *testing.T) {
	for _, steps := range []StepOrder{ReserveFirst, ChargeFirst, Parallel} {
		m, c := start(t, Options{Steps: steps, PageSize: 7, Fixture: varied()})
		everything(m, c)
		for _, v := range m.Violations() {
			t.Error(v)
		}
		if m.Struck() != 0 {
			t.Errorf("%d effects of no bug", m.Struck())
		}
	}
}

func TestBugsAreDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range Bugs() {
		if b.Name == "" || !strings.HasSuffix(b.Title, ".") || b.Source == "" || b.Class == "" || b.Needs == "" || seen[b.Name] {
			t.Errorf("%+v: a member is missing, or the name comes twice", b)
		}
		seen[b.Name] = true
	}
	if _, err := Start(Options{Bug: "none such"}); err == nil {
		t.Error("an unknown bug is accepted")
	}
}

// varied is the scarce fixture, with a purchase that takes the last piece and the last money (user 7, product 4), one
// that exceeds 32 bits (user 8, product 5), one that many want (product 7), and a user who can pay for few (user 9).
func varied() Fixture {
	f := scarce()
	f.Users = append(f.Users, User{7, 200}, User{8, 1 << 40}, User{9, 4})
	f.Products = append(f.Products, Product{4, 100, 2}, Product{5, 1<<32 + 7, 9}, Product{6, 1, 100000}, Product{7, 1, 4})
	return f
}

// everything is a load that meets the needs of all bugs.
func everything(m *Market, c client) {
	c.buy("exact", 7, 4, 2)
	c.buy("large", 8, 5, 1)
	together(6, func(i int) { // refusals with quantities above 1, below the same again with stock and money
		c.buy(fmt.Sprint("no stock ", i), 6, 2, 11)
		c.buy(fmt.Sprint("no money ", i), 1, 1, 5)
	})
	m.TopUp(1, 700)
	m.Restock(2, 12)
	m.SetPrice(1, 130)
	rush(c)
	var users, others sync.WaitGroup
	for vu := range int64(8) {
		users.Go(func() { virtualUser(c, vu, 10) })
	}
	stop := make(chan struct{})
	others.Go(func() { background(m, c) })
	others.Go(func() { changePrices(m, stop) })
	others.Go(func() { readProducts(c, stop) })
	users.Wait()
	close(stop)
	others.Wait()
	for round := range 3 {
		interrupted(m, c, round)
	}
	m.Quiesce()
	lists(c)
	for i := range 6 {
		m.TopUp(1, 600)
		c.buy(fmt.Sprint("no stock ", i), 6, 2, 11)
		c.buy(fmt.Sprint("no money ", i), 1, 1, 5)
	}
	variants(c)
	time.Sleep(350 * time.Millisecond)
	together(8, func(vu int) { virtualUser(c, int64(vu), 1) })
	together(40, func(i int) { c.buy(fmt.Sprint("many ", i), 2, 6, 1) }) // enough keys to be evicted and to collide
	virtualUser(c, 0, 3)
	c.buy("many 0", 2, 6, 1)
}

// virtualUser makes n purchases, each twice at the same time and once later with members in another order.
func virtualUser(c client, vu, n int64) {
	for i := range n {
		key := fmt.Sprintf("%d-%d", vu, i)
		user, product, quantity := 1+(vu+i)%6, 1+(vu*3+i)%3, 1+(vu+2*i)%3
		var pair sync.WaitGroup
		for range 2 {
			pair.Go(func() { c.buy(key, user, product, quantity) })
		}
		pair.Wait()
		c.do("POST", "/purchase", fmt.Sprintf(`{"idempotency_key":%q,"payment_method_id":%d,"quantity":%d,"product_id":%d,"user_id":%d}`,
			key, user, quantity, product, user))
	}
}

// background reads and changes things while others buy.
func background(m *Market, c client) {
	for i := range int64(10) {
		m.SetPrice(1+i%3, 90+7*i)
		m.BuyElsewhere(1)
		lists(c)
		for id := range int64(6) {
			c.do("GET", fmt.Sprint("/users/", id+1), "")
			c.do("GET", fmt.Sprint("/products/", id+1), "")
		}
		m.Restock(2, 4)
		m.TopUp(1+i%6, 500)
	}
}

// lists reads all pages, and each fourth order alone.
func lists(c client) {
	c.all("/ledger", "entries")
	for i, o := range c.all("/orders", "orders") {
		if i%4 == 0 {
			c.do("GET", "/orders/"+o["order_id"].(string), "")
		}
	}
}

// changePrices changes prices all the time.
func changePrices(m *Market, stop <-chan struct{}) {
	for i := int64(0); ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
			m.SetPrice(1+i%3, 60+i%50)
		}
	}
}

// readProducts reads products, about one each millisecond.
func readProducts(c client, stop <-chan struct{}) {
	for i := int64(0); ; i++ {
		select {
		case <-stop:
			return
		case <-time.After(time.Millisecond):
			c.do("GET", fmt.Sprint("/products/", 1+i%3), "")
		}
	}
}

// rush has many buy what is there for a few, and one user buy what is affordable a few times.
func rush(c client) {
	together(24, func(i int) {
		if i%2 == 0 {
			c.buy(fmt.Sprint("rush ", i), 6, 7, 1)
		} else {
			c.buy(fmt.Sprint("poor ", i), 9, 6, 1)
		}
	})
}

// interrupted asks keys again whose first calls were given up, and keys whose first calls a restart ended.
func interrupted(m *Market, c client, round int) {
	left, dropped := fmt.Sprint("left ", round), fmt.Sprint("dropped ", round)
	ctx, cancel := context.WithCancel(context.Background())
	abandon := concurrent(c, ctx, left)
	m.waitUntilBusy(abandon)
	cancel()
	abandon.Wait()
	m.Quiesce()
	drop := concurrent(c, context.Background(), dropped)
	m.waitUntilBusy(drop)
	if err := m.Restart(); err != nil {
		c.t.Error(err)
	}
	drop.Wait()
	concurrent(c, context.Background(), left).Wait()
	concurrent(c, context.Background(), dropped).Wait()
}

// waitUntilBusy waits until purchases are under way, or the calls have ended.
func (m *Market) waitUntilBusy(calls *sync.WaitGroup) {
	var ended atomic.Bool
	go func() { calls.Wait(); ended.Store(true) }()
	for running := 0; running < 3 && !ended.Load(); time.Sleep(100 * time.Microsecond) {
		m.mu.Lock()
		running = m.running
		m.mu.Unlock()
	}
}

// together calls f with 0 to n-1 at the same time.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { f(i) })
	}
	wg.Wait()
}

// concurrent buys under twelve keys at the same time.
func concurrent(c client, ctx context.Context, key string) *sync.WaitGroup {
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			body := strings.NewReader(purchaseBody(fmt.Sprint(key, " ", i), 5, 6, 1))
			req, err := http.NewRequestWithContext(ctx, "POST", c.url+"/purchase", body)
			if err != nil {
				c.t.Error(err)
				return
			}
			req.Header.Set("Content-Type", "application/json")
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
		})
	}
	return &wg
}

// variants uses keys that are nearly the same, and the same keys with other payloads.
func variants(c client) {
	together(6, func(i int) {
		key := fmt.Sprint("a-key-with-a-long-beginning-", i)
		for _, variant := range []string{key, strings.ToUpper(key), key + " ", key + "é", key + "ü"} {
			c.buy(variant, 4, 6, 1)
		}
		c.buy(key, 4, 6, 2)
		c.buy(key, 3, 6, 1)
		c.buy(key, 4, 6, 1)
		for range 2 {
			c.do("POST", "/purchase", `{"user_id":4,"product_id":6,"quantity":1,"payment_method_id":4}`, "Idempotency-Key", fmt.Sprint("header-", i))
		}
	})
}
