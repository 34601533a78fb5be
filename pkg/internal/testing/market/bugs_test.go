package market

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestEachBugStrikes(t *testing.T) {
	for _, b := range Bugs() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			m, c := start(t, Options{Bug: b.Name, BugProbability: max(b.Probability, 0.5), PageSize: 7, Fixture: varied()})
			everything(m, c)
			if m.Struck() == 0 {
				t.Errorf("%s did not strike: %s", b.Name, b.Title)
			}
			t.Logf("%d times, %d violations", m.Struck(), len(m.Violations()))
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

// varied is the scarce fixture, with a purchase that takes the last piece and the last money (user 7, product 4), and
// one that exceeds 32 bits (user 8, product 5).
func varied() Fixture {
	f := scarce()
	f.Users = append(f.Users, User{7, 200}, User{8, 1 << 40})
	f.Products = append(f.Products, Product{4, 100, 2}, Product{5, 1<<32 + 7, 9}, Product{6, 1, 100000})
	return f
}

// everything is a load that meets the needs of all bugs.
func everything(m *Market, c client) {
	c.buy("exact", 7, 4, 2)
	c.buy("large", 8, 5, 1)
	for i := range int64(6) { // refusals with quantities above 1, then the same again with stock and money
		c.buy(fmt.Sprint("no stock ", i), 6, 2, 11)
		c.buy(fmt.Sprint("no money ", i), 1, 1, 5)
	}
	m.SetPrice(1, 130)
	var wg sync.WaitGroup
	wg.Go(func() { background(m, c) })
	for vu := range int64(8) {
		wg.Go(func() { virtualUser(c, vu, 10) })
	}
	wg.Wait()
	interrupted(m, c)
	m.Quiesce()
	lists(c)
	for i := range 6 {
		m.TopUp(1, 600)
		c.buy(fmt.Sprint("no stock ", i), 6, 2, 11)
		c.buy(fmt.Sprint("no money ", i), 1, 1, 5)
	}
	variants(c)
	time.Sleep(350 * time.Millisecond)
	for vu := range int64(8) {
		virtualUser(c, vu, 1)
	}
	for i := range 40 { // enough keys to be evicted and to collide
		c.buy(fmt.Sprint("many ", i), 2, 6, 1)
	}
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

// lists reads all pages, and the orders of the first one alone.
func lists(c client) {
	c.all("/ledger", "entries")
	for i, o := range c.all("/orders", "orders") {
		if i < 7 {
			c.do("GET", "/orders/"+o["order_id"].(string), "")
		}
	}
}

// interrupted asks keys again whose first call was given up, and whose service was restarted.
func interrupted(m *Market, c client) {
	var wg sync.WaitGroup
	for i := range 12 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
			defer cancel()
			req, _ := http.NewRequestWithContext(ctx, "POST", c.url+"/purchase", strings.NewReader(purchaseBody(fmt.Sprint("left ", i), 5, 6, 1)))
			req.Header.Set("Content-Type", "application/json")
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
		})
		wg.Go(func() { c.buy(fmt.Sprint("dropped ", i), 6, 6, 1) })
	}
	time.Sleep(time.Millisecond)
	if err := m.Restart(); err != nil {
		c.t.Error(err)
	}
	wg.Wait()
	for i := range 12 {
		c.buy(fmt.Sprint("left ", i), 5, 6, 1)
		c.buy(fmt.Sprint("dropped ", i), 6, 6, 1)
	}
}

// variants uses keys that are nearly the same, and the same keys with other payloads.
func variants(c client) {
	for i := range 6 {
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
	}
}
