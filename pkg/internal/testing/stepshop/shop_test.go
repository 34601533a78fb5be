package stepshop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// client asks a shop for one user.
type client struct {
	*testing.T
	shop  *Shop
	token string
	last  *httptest.ResponseRecorder
}

// ask sends a request and returns the answer, of which it checks the status.
func (c *client) ask(status int, method, path, key, body string) (values map[string]any) {
	c.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Idempotency-Key", key)
	r.Header.Set("X-Auth-Token", c.token)
	c.last = httptest.NewRecorder()
	c.shop.ServeHTTP(c.last, r)
	if c.last.Code != status {
		c.Fatalf("%s %s: %d %s, want %d", method, path, c.last.Code, c.last.Body, status)
	}
	json.Unmarshal(c.last.Body.Bytes(), &values)
	return values
}

// newClient returns a client of a user who is logged in.
func newClient(t *testing.T, s *Shop, user int) *client {
	c := &client{T: t, shop: s}
	c.ask(http.StatusCreated, "POST", "/sessions", "", fmt.Sprintf(`{"user": %d}`, user))
	c.token = c.last.Header().Get("X-Auth-Token")
	return c
}

// cart makes a cart with 2 of product 1 and returns its path.
func (c *client) cart(key string) string {
	c.Helper()
	path := fmt.Sprint("/carts/", c.ask(http.StatusCreated, "POST", "/carts", key, "{}")["id"])
	c.ask(http.StatusCreated, "POST", path+"/items", key, `{"product": "1", "quantity": 2}`)
	return path
}

// state returns what is on hand and allocated of product 1, the balance of user 1, and how
// many orders and entries of the ledger there are.
func (c *client) state() string {
	c.Helper()
	p, u := c.ask(200, "GET", "/products/1", "", ""), c.ask(200, "GET", "/users/1", "", "")
	orders, _ := c.ask(200, "GET", "/orders", "", "")["orders"].([]any)
	ledger, _ := c.ask(200, "GET", "/ledger", "", "")["ledger"].([]any)
	return fmt.Sprintf("%v on hand, %v allocated, balance %v, %d orders, %d entries", p["on_hand"], p["allocated"], u["balance"], len(orders), len(ledger))
}

const bought = "998 on hand, 0 allocated, balance 999800, 1 orders, 1 entries"

// TestShop: a purchase has its effect once, however often it is sent under its keys.
func TestShop(t *testing.T) {
	c := newClient(t, New(Options{CartHolds: true}), 1)
	path := c.cart("k")
	if got := c.state(); got != "1000 on hand, 2 allocated, balance 1e+06, 0 orders, 0 entries" {
		t.Errorf("with a cart: %s", got)
	}
	first := c.ask(201, "POST", path+"/pay", "k", `{"method":1}`)
	again := c.ask(201, "POST", path+"/pay", "k", `{"method":1}`)
	if first["status"] != "CONFIRMED" || first["id"] != again["id"] || c.last.Header().Get("Idempotent-Replayed") != "true" {
		t.Errorf("answers %v and %v with the header %v", first, again, c.last.Header())
	}
	c.ask(422, "POST", path+"/pay", "k", `{"method":2}`)
	c.ask(409, "POST", path+"/pay", "k2", `{"method":1}`)
	if got := c.state(); got != bought {
		t.Errorf("after it: %s, want %s", got, bought)
	}
	other := newClient(t, c.shop, 2)
	other.ask(403, "GET", "/orders/"+fmt.Sprint(first["id"]), "", "")
	other.ask(403, "POST", path+"/pay", "k", `{"method":1}`)
	c.ask(204, "POST", "/reset", "", "")
	if got := c.state(); got != "1000 on hand, 0 allocated, balance 1e+06, 0 orders, 0 entries" {
		t.Errorf("after a reset: %s", got)
	}
}

// TestTimes: orders settle, carts and tokens end, each at its time.
func TestTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, New(Options{Settle: time.Second, RetryAfter: "1", CartHolds: true, CartLife: time.Minute, TokenLife: time.Hour}), 1)
		path := c.cart("k")
		id := fmt.Sprint("/orders/", c.ask(202, "POST", path+"/pay", "k", "{}")["id"])
		for _, want := range []string{"PENDING", "CONFIRMED"} {
			if got := c.ask(200, "GET", id, "", "")["status"]; got != want {
				t.Errorf("the order is %v, want %s", got, want)
			}
			if retry := c.last.Header().Get("Retry-After"); (retry == "1") != (want == "PENDING") {
				t.Errorf("Retry-After %q of an order that is %s", retry, want)
			}
			time.Sleep(time.Second)
			synctest.Wait()
		}
		path = c.cart("k2")
		time.Sleep(time.Minute)
		c.ask(410, "POST", path+"/pay", "k2", "{}")
		if got := c.state(); got != bought {
			t.Errorf("after it: %s, want %s", got, bought)
		}
		if carts, orders := c.shop.LeftBehind(); carts != 1 || orders != 0 {
			t.Errorf("left behind: %d carts, %d orders, want 1 and 0", carts, orders)
		}
		time.Sleep(time.Hour)
		c.ask(401, "POST", "/carts", "", "{}")
	})
}

// TestTokenUses: a token can be used as often as it says.
func TestTokenUses(t *testing.T) {
	c := newClient(t, New(Options{TokenUses: 2}), 1)
	for _, want := range []int{201, 201, 401} {
		c.ask(want, "POST", "/carts", "", "{}")
	}
}

// TestDefects: each defect shows in the state, and none does without it.
func TestDefects(t *testing.T) {
	for defect, want := range map[Defect]string{
		"":           bought,
		DoubleOrder:  "996 on hand, 0 allocated, balance 999600, 2 orders, 2 entries",
		PaysAgain:    "998 on hand, 0 allocated, balance 999600, 1 orders, 2 entries",
		ChargesTwice: "998 on hand, 0 allocated, balance 999600, 1 orders, 2 entries",
		LostOrder:    "998 on hand, 0 allocated, balance 999800, 0 orders, 1 entries",
		StatusFlips:  "1000 on hand, 0 allocated, balance 1e+06, 1 orders, 2 entries",
		NeverSettles: "1000 on hand, 2 allocated, balance 1e+06, 1 orders, 0 entries",
		ItemTwice:    "996 on hand, 0 allocated, balance 999600, 1 orders, 1 entries",
	} {
		synctest.Test(t, func(t *testing.T) {
			c := newClient(t, New(Options{Settle: time.Second, Defect: defect}), 1)
			path := c.cart("k")
			c.ask(201, "POST", path+"/items", "k", `{"product": "1", "quantity": 2}`)
			for range 2 {
				c.ask(202, "POST", path+"/pay", "k", "{}")
			}
			time.Sleep(2 * time.Second)
			synctest.Wait()
			if got := c.state(); got != want {
				t.Errorf("%q: %s, want %s", defect, got, want)
			}
		})
	}
}

// TestPaidTwice: a cart can be paid under another key, by this defect alone.
func TestPaidTwice(t *testing.T) {
	for defect, want := range map[Defect]int{"": 409, DoubleOrder: 409, PaidTwice: 201} {
		c := newClient(t, New(Options{Defect: defect}), 1)
		path := c.cart("k")
		c.ask(201, "POST", path+"/pay", "k", "{}")
		c.ask(want, "POST", path+"/pay", "k2", "{}")
	}
}
