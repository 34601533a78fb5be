package market

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// client sends calls to a market and checks nothing.
type client struct {
	t   *testing.T
	url string
}

// reply is what a call got; status is 0 when the connection was closed.
type reply struct {
	status int
	header http.Header
	body   map[string]any
}

func (c client) do(method, path, body string, header ...string) reply {
	req, err := http.NewRequest(method, c.url+path, bytes.NewBufferString(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	r := reply{status: res.StatusCode, header: res.Header}
	json.Unmarshal(text, &r.body)
	return r
}

func purchaseBody(key string, user, product, quantity int64) string {
	return fmt.Sprintf(`{"user_id":%d,"product_id":%d,"quantity":%d,"payment_method_id":%d,"idempotency_key":%q}`,
		user, product, quantity, user, key)
}

func (c client) buy(key string, user, product, quantity int64) reply {
	return c.do("POST", "/purchase", purchaseBody(key, user, product, quantity))
}

// settled asks until the answer is final.
func (c client) settled(key string, user, product, quantity int64) reply {
	for {
		r := c.buy(key, user, product, quantity)
		if r.status != 0 && r.status < 500 && r.body["code"] != "in_progress" {
			return r
		}
	}
}

// all reads all pages of a list.
func (c client) all(path, name string) (rows []map[string]any) {
	for after := ""; ; {
		r := c.do("GET", path+"?after="+after, "")
		for _, row := range r.body[name].([]any) {
			rows = append(rows, row.(map[string]any))
		}
		if after = r.body["next"].(string); after == "" {
			return rows
		}
	}
}

// scarce is a fixture in which some purchases lack stock and some lack money.
func scarce() Fixture {
	f := Fixture{Products: []Product{{1, 100, 60}, {2, 70, 10}, {3, 250, 1000}}}
	for id := int64(1); id <= 6; id++ {
		f.Users = append(f.Users, User{id, 400 * id * id})
	}
	return f
}

func start(t *testing.T, opt Options) (*Market, client) {
	t.Helper()
	if len(opt.Fixture.Users) == 0 {
		opt.Fixture = scarce()
	}
	m, err := Start(opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.Close)
	return m, client{t, m.URL()}
}

// correct are the combinations of options that keep the contract, each with the zero Steps.
var correct = map[string]Options{
	"plain":       {},
	"no delay":    {Delay: -1},
	"refuse":      {KeyInFlight: Refuse, Identifiers: Numbers},
	"late":        {LateRefusals: true, Identifiers: UUIDs, PageSize: 7},
	"late refuse": {LateRefusals: true, KeyInFlight: Refuse, KeyPerUser: true},
	"errors":      {ErrorRate: 0.2, MaxInFlight: 6},
	"errors late": {ErrorRate: 0.2, LateRefusals: true, KeyInFlight: Refuse, ClockSkew: -time.Hour},
	"lag":         {ReadsLag: 30 * time.Millisecond, DeclareLag: true, PageSize: 7},
	"ragged":      {RaggedPages: true, ExtraMembers: true, ClockResolution: time.Second, Zone: time.FixedZone("", 7200)},
	"hidden":      {Without: Without{Keys: true, Steps: true, RefusalIDs: true}},
}

func TestCorrectMarketsKeepTheContract(t *testing.T) {
	for name, opt := range correct {
		for _, steps := range []StepOrder{ReserveFirst, ChargeFirst, Parallel} {
			t.Run(fmt.Sprint(name, "/", steps), func(t *testing.T) {
				opt.Steps = steps
				m, c := start(t, opt)
				load(m, c, opt.ErrorRate > 0)
				for _, v := range m.Violations() {
					t.Error(v)
				}
				time.Sleep(opt.ReadsLag)
				checkReads(t, m, c)
			})
		}
	}
}

// load sends purchases, each with its key twice at the same time and once later, while other things happen.
func load(m *Market, c client, restart bool) {
	var wg sync.WaitGroup
	for vu := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(uint64(vu), 2))
			for i := range 12 {
				key := fmt.Sprintf("key-%d-%d", vu, i)
				user, product, quantity := rnd.Int64N(6)+1, rnd.Int64N(3)+1, rnd.Int64N(3)+1
				var firsts [2]reply
				var pair sync.WaitGroup
				for j := range firsts {
					pair.Go(func() { firsts[j] = c.settled(key, user, product, quantity) })
				}
				pair.Wait()
				again := c.settled(key, user, product, quantity)
				for _, r := range append(firsts[:], again) {
					if r.body["code"] != again.body["code"] || r.body["order_id"] != again.body["order_id"] {
						c.t.Errorf("key %s: %v and %v", key, r, again)
					}
				}
			}
		})
	}
	wg.Go(func() {
		m.BuyElsewhere(5)
		m.Restock(2, 3)
		m.TopUp(1, 500)
		m.SetPrice(1, 101)
		if restart {
			if err := m.Restart(); err != nil {
				c.t.Error(err)
			}
		}
		m.BuyElsewhere(5)
	})
	wg.Wait()
}

// checkReads compares what the calls show with the state inside.
func checkReads(t *testing.T, m *Market, c client) {
	st := m.current()
	orders, entries := c.all("/orders", "orders"), c.all("/ledger", "entries")
	if len(orders) != len(st.orders) || len(entries) != len(st.ledger) {
		t.Errorf("%d orders and %d entries shown, there are %d and %d", len(orders), len(entries), len(st.orders), len(st.ledger))
	}
	statuses := map[string]int{}
	for _, o := range orders {
		statuses[o["reason"].(string)]++
		if one := c.do("GET", "/orders/"+o["order_id"].(string), ""); one.body["status"] != o["status"] {
			t.Errorf("order %v is %v alone", o, one.body)
		}
	}
	if statuses[""] == 0 || statuses["out_of_stock"] == 0 || statuses["insufficient_balance"] == 0 {
		t.Errorf("the load did not reach all outcomes: %v", statuses)
	}
	for id, u := range st.users {
		if r := c.do("GET", fmt.Sprint("/users/", id), ""); r.body["balance"] != float64(u.last()) {
			t.Errorf("user %d: %v shown, %d inside", id, r.body, u.last())
		}
	}
	for id, p := range st.products {
		if r := c.do("GET", fmt.Sprint("/products/", id), ""); r.body["stock"] != float64(p.last().stock) {
			t.Errorf("product %d: %v shown, %v inside", id, r.body, p.last())
		}
	}
}
