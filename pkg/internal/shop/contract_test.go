package shop

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
)

// opener starts a service for a laboratory, or for none, on a fixture and returns
// its base URL. Whatever speaks the contract can be put behind one.
type opener func(t *testing.T, lab bool, sc purchase.Fixture) string

func TestContractOnSQLite(t *testing.T) {
	contract(t, func(t *testing.T, lab bool, sc purchase.Fixture) string {
		return serving(t, Config{Lab: lab, Fixture: &sc})
	})
}

func TestContractOnPostgres(t *testing.T) {
	contract(t, func(t *testing.T, lab bool, sc purchase.Fixture) string {
		return serving(t, Config{DB: postgres.Shared(t).Database(t), Lab: lab, Fixture: &sc})
	})
}

// contract is the contract as tests, which run beside each other unless how says
// something else.
func contract(t *testing.T, open opener, how ...string) {
	for name, test := range map[string]func(*testing.T, opener){
		"cases":         contractCases,
		"replays":       contractReplays,
		"keys":          contractKeys,
		"malformed":     contractMalformed,
		"unknown":       contractUnknown,
		"envelope":      contractEnvelope,
		"huge":          contractHuge,
		"pages":         contractPages,
		"laboratory":    contractLaboratory,
		"no laboratory": contractNoLaboratory,
		"precise":       contractPrecise,
		"one key":       contractOneKey,
		"no oversell":   contractNoOversell,
	} {
		t.Run(name, func(t *testing.T) {
			if len(how) == 0 {
				t.Parallel()
			}
			test(t, open)
		})
	}
}

// wants checks status and code of an answer.
func wants(t testing.TB, call string, r reply, status int, code purchase.Code) {
	t.Helper()
	if r.status != status {
		t.Errorf("%s: got status %d %s, want %d", call, r.status, r.body, status)
		return
	}
	if status >= 400 {
		if p := r.problem(t); p.Code != code || p.Status != status {
			t.Errorf("%s: got code %q and status %d in the problem, want %q and %d", call, p.Code, p.Status, code, status)
		}
	}
}

func plain(user, product, quantity int64, key string) purchase.Request {
	return purchase.Request{UserID: purchase.ID(user), ProductID: purchase.ID(product), Quantity: quantity, PaymentMethodID: purchase.ID(user), IdempotencyKey: key}
}

// path is an order's trace in short: reserve_stock+ charge_payment+ reserve_stock-.
func path(o purchase.Order) string {
	var b strings.Builder
	for i, s := range o.Steps {
		if s.Seq != i+1 || (i > 0 && !s.At.After(o.Steps[i-1].At)) {
			fmt.Fprintf(&b, "[seq %d out of order] ", s.Seq)
		}
		fmt.Fprintf(&b, "%s%s ", s.Step, map[string]string{purchase.Do: "+", purchase.Compensate: "-"}[s.Action])
	}
	return strings.TrimSpace(b.String())
}

func contractCases(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	if r := a.do("GET", "/health", ""); r.status != 200 {
		t.Errorf("GET /health: got %d, want 200", r.status)
	}
	if v := get[purchase.Version](a, "/version"); v.Name == "" || v.Version == "" {
		t.Errorf("GET /version: got %+v, want a name and a version", v)
	}
	for _, c := range []struct {
		name     string
		req      purchase.Request
		status   int
		code     purchase.Code
		order    purchase.Status
		amount   int64
		path     string
		stock    int64 // of product 1, afterwards
		balance  int64 // of the user, afterwards
		movement int   // entries in the ledger, afterwards
	}{
		{"normal", plain(1, 1, 1, "normal"), 201, "", purchase.Confirmed, 1000,
			"reserve_stock+ charge_payment+ confirm_order+", 11, 999_000, 1},
		{"insufficient balance", plain(2, 1, 10, "poor"), 402, purchase.InsufficientBalance, purchase.Cancelled, 10_000,
			"reserve_stock+ reserve_stock-", 11, 5_000, 1},
		{"out of stock", plain(3, 1, 15, "greedy"), 409, purchase.OutOfStock, purchase.Cancelled, 0,
			"", 11, 1_000_000, 1},
	} {
		r := a.buy(c.req)
		wants(t, c.name, r, c.status, c.code)
		id := ""
		if r.status == 201 {
			id = r.order(t).OrderID
		} else {
			id = r.problem(t).OrderID
		}
		o := get[purchase.Order](a, "/orders/"+id)
		if o.Status != c.order || o.Reason != c.code || o.Amount != c.amount || path(o) != c.path {
			t.Errorf("%s: order is %s for %q, amount %d, path %q, want %s for %q, %d, %q",
				c.name, o.Status, o.Reason, o.Amount, path(o), c.order, c.code, c.amount, c.path)
		}
		if o.IdempotencyKey != c.req.IdempotencyKey || o.UserID != c.req.UserID || o.ProductID != c.req.ProductID ||
			o.Quantity != c.req.Quantity || o.PaymentMethodID != c.req.PaymentMethodID {
			t.Errorf("%s: order is %+v, want the request's %+v", c.name, o, c.req)
		}
		if r.status == 201 && !reflect.DeepEqual(o, r.order(t)) {
			t.Errorf("%s: the order read is %+v, want the one answered %+v", c.name, o, r.order(t))
		}
		if p := get[purchase.Product](a, "/products/1"); p != (purchase.Product{ProductID: 1, Price: 1000, Stock: c.stock}) {
			t.Errorf("%s: product is %+v, want stock %d and none reserved", c.name, p, c.stock)
		}
		if u := get[purchase.User](a, fmt.Sprintf("/users/%d", c.req.UserID)); u.Balance != c.balance {
			t.Errorf("%s: balance of user %d is %d, want %d", c.name, u.UserID, u.Balance, c.balance)
		}
		if l := a.ledger(10); len(l) != c.movement {
			t.Errorf("%s: the ledger is %+v, want %d entries", c.name, l, c.movement)
		}
	}
	if l := a.ledger(10); l[0].Kind != purchase.Charge || l[0].Amount != 1000 || l[0].UserID != 1 || l[0].OrderID != a.orders(10)[0].OrderID {
		t.Errorf("the ledger is %+v, want one charge of 1000 from user 1 for the first order", l)
	}
}

func contractReplays(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	for _, c := range []struct {
		name          string
		req           purchase.Request
		first, second int
		code          purchase.Code
	}{
		{"confirmed", plain(1, 1, 1, "k1"), 201, 200, ""},
		{"insufficient balance", plain(2, 1, 10, "k2"), 402, 402, purchase.InsufficientBalance},
		{"out of stock", plain(3, 1, 15, "k3"), 409, 409, purchase.OutOfStock},
	} {
		first := a.buy(c.req)
		wants(t, c.name+", first", first, c.first, c.code)
		if h := first.header.Get("Idempotent-Replayed"); h != "" {
			t.Errorf("%s, first: got Idempotent-Replayed %q, want none", c.name, h)
		}
		for range 2 {
			again := a.buy(c.req)
			wants(t, c.name+", again", again, c.second, c.code)
			if string(again.body) != string(first.body) {
				t.Errorf("%s, again: got %s, want what came first %s", c.name, again.body, first.body)
			}
			if h := again.header.Get("Idempotent-Replayed"); (h == "true") != (c.second == 200) {
				t.Errorf("%s, again: got Idempotent-Replayed %q at status %d", c.name, h, again.status)
			}
		}
		other := c.req
		other.Quantity++
		wants(t, c.name+", other payload", a.buy(other), 422, purchase.KeyReused)
	}
	if n := len(a.orders(10)); n != 3 {
		t.Errorf("there are %d orders, want 3", n)
	}
}

func contractKeys(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Plenty()))
	long := strings.Repeat("x", purchase.MaxKeyLength)
	wide := strings.Repeat("鍵", purchase.MaxKeyLength)
	for _, c := range []struct {
		name, body, header string
		status             int
		key                string
	}{
		{"none", "", "", 201, ""},
		{"none again is another purchase", "", "", 201, ""},
		{"in the body", "a", "", 201, "a"},
		{"in the header", "", "b", 201, "b"},
		{"in both", "c", "c", 201, "c"},
		{"differing", "d", "e", 400, ""},
		{"longest", long, "", 201, long},
		{"longest in the header", "", "y" + long[1:], 201, "y" + long[1:]},
		{"longest in characters of three bytes", wide, "", 201, wide},
		{"too long", long + "x", "", 400, ""},
		{"too long in the header", "", long + "x", 400, ""},
		{"the header finds the body's", "", "a", 200, "a"},
		{"the body finds the header's", "b", "", 200, "b"},
	} {
		r := a.do("POST", "/purchase", string(plain(1, 1, 1, "").Body(c.body)), "Idempotency-Key", c.header)
		wants(t, c.name, r, c.status, purchase.Malformed)
		if r.status < 300 && r.order(t).IdempotencyKey != c.key {
			t.Errorf("%s: got key %q, want %q", c.name, r.order(t).IdempotencyKey, c.key)
		}
	}
	r := a.do("POST", "/purchase", string(plain(1, 1, 1, "").Body("")), "Idempotency-Key", "f", "Idempotency-Key", "g")
	wants(t, "two headers", r, 400, purchase.Malformed)
	if n := len(a.orders(100)); n != 8 {
		t.Errorf("there are %d orders, want 8", n)
	}
}

func contractMalformed(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Plenty()))
	const good = `"user_id": 1, "product_id": 1, "quantity": 1, "payment_method_id": 1`
	quantity := func(q string) string {
		return `{"user_id": 1, "product_id": 1, "quantity": ` + q + `, "payment_method_id": 1}`
	}
	for _, body := range []string{
		" ", "null", "1", `"x"`, "[]", "{", "{}", "{" + good, "{" + good + "}}", "{" + good + "} {}", "{" + good + ",}",
		"{'user_id': 1}", "<html>", "user_id=1", "\xff\xfe{}", "{" + good + `, "idempotency_key": "` + "\xff" + `"}`,
		"{" + good + `, "idempotency_key": 7}`, "{" + good + `, "idempotency_key": null}`, "{" + good + `, "idempotency_key": "\ud800"}`,
		"{" + good + `, "quantity": 2}`, `{"user_id": 1, "product_id": 1, "quantity": 1}`, `{"USER_ID": 1, "product_id": 1, "quantity": 1, "payment_method_id": 1}`,
		quantity("0"), quantity("-1"), quantity("1.5"), quantity("1.0"), quantity("1e3"), quantity(`"1"`), quantity("true"), quantity("null"), quantity("[1]"), quantity("{}"),
		quantity("01"), quantity("+1"), quantity("NaN"), quantity("9223372036854775808"), quantity(strings.Repeat("9", 4000)),
		"{" + good + `, "x": ` + strings.Repeat("[", 20_000) + "}",
	} {
		r := a.do("POST", "/purchase", body)
		wants(t, fmt.Sprintf("POST /purchase %.80q", body), r, 400, purchase.Malformed)
		if d := r.problem(t).Detail; d == "" || strings.ContainsAny(d, "\n\x00") || len(d) > 1000 {
			t.Errorf("POST /purchase %.80q: got detail %q, want one sentence", body, d)
		}
	}
	wants(t, "no body", a.do("POST", "/purchase", "", "Content-Type", "application/json"), 400, purchase.Malformed)
	wants(t, "a member the contract does not know", a.do("POST", "/purchase", "{"+good+`, "note": {"a": [1, "x"]}}`), 201, "")
	if n := len(a.orders(100)); n != 1 {
		t.Errorf("there are %d orders, want 1", n)
	}
}

func contractUnknown(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	for _, c := range []struct {
		req  purchase.Request
		code purchase.Code
	}{
		{plain(4, 1, 1, "a"), purchase.UnknownUser},
		{plain(1<<62, 1, 1, "b"), purchase.UnknownUser},
		{plain(1, 2, 1, "c"), purchase.UnknownProduct},
		{purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 4}, purchase.UnknownPaymentMethod},
		{purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 2}, purchase.UnknownPaymentMethod}, // another's
	} {
		wants(t, fmt.Sprintf("%+v", c.req), a.buy(c.req), 404, c.code)
	}
	for path, code := range map[string]purchase.Code{
		"/orders/none": purchase.UnknownOrder, "/orders/%00%ff": purchase.UnknownOrder,
		"/products/2": purchase.UnknownProduct, "/products/x": purchase.UnknownProduct, "/products/99999999999999999999": purchase.UnknownProduct,
		"/users/4": purchase.UnknownUser, "/users/-1": purchase.UnknownUser,
		"/": purchase.NotFound, "/nothing": purchase.NotFound, "/orders/a/b": purchase.NotFound, "/orders/": purchase.NotFound,
	} {
		wants(t, "GET "+path, a.do("GET", path, ""), 404, code)
	}
	if n := len(a.orders(100)); n != 0 {
		t.Errorf("there are %d orders, want none", n)
	}
}

// contractEnvelope is about what is around a request: method, media type, size.
func contractEnvelope(t *testing.T, open opener) {
	a := newAPI(t, open(t, true, purchase.Plenty()))
	body := string(plain(1, 1, 1, "").Body(""))
	for _, c := range []struct {
		mediaType string
		status    int
	}{
		{"application/json", 201}, {"application/json; charset=utf-8", 201}, {"Application/JSON;charset=UTF-8", 201},
		{"", 415}, {"text/plain", 415}, {"application/json; charset=latin1", 415}, {"application/x-www-form-urlencoded", 415}, {"/;;", 415},
	} {
		r := a.do("POST", "/purchase", body, "Content-Type", "", "Content-Type", c.mediaType)
		wants(t, fmt.Sprintf("Content-Type %q", c.mediaType), r, c.status, purchase.UnsupportedMedia)
	}
	wants(t, "gzip", a.do("POST", "/purchase", body, "Content-Encoding", "gzip"), 415, purchase.UnsupportedMedia)
	padded := func(n int) string { return body + strings.Repeat(" ", n-len(body)) }
	wants(t, "64 KiB", a.do("POST", "/purchase", padded(64<<10)), 201, "")
	wants(t, "64 KiB + 1", a.do("POST", "/purchase", padded(64<<10+1)), 413, purchase.TooLarge)
	for path, allowed := range map[string]string{
		"/purchase": "POST", "/health": "GET", "/version": "GET", "/orders": "GET", "/orders/x": "GET", "/products/1": "GET", "/users/1": "GET",
		"/ledger": "GET", "/lab/scenario": "PUT",
	} {
		for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH"} {
			if method == allowed {
				continue
			}
			r := a.do(method, path, "")
			wants(t, method+" "+path, r, 405, purchase.MethodNotAllowed)
			if got := r.header.Get("Allow"); !strings.Contains(got, allowed) {
				t.Errorf("%s %s: got Allow %q, want %s", method, path, got, allowed)
			}
		}
	}
}

func contractHuge(t *testing.T, open opener) {
	const most = 1<<63 - 1
	a := newAPI(t, open(t, false, purchase.Fixture{
		Users:    []purchase.FixtureUser{{UserID: 1, Balance: most}, {UserID: most, Balance: 0}},
		Products: []purchase.FixtureProduct{{ProductID: 1, Price: 1000, Stock: 12}, {ProductID: most, Price: most, Stock: 1}},
	}))
	wants(t, "a quantity whose price wraps to a small one", a.buy(plain(1, 1, 1<<61, "")), 409, purchase.OutOfStock)
	wants(t, "the largest quantity", a.buy(plain(1, 1, most, "")), 409, purchase.OutOfStock)
	wants(t, "the largest price, without the money", a.buy(plain(most, most, 1, "")), 402, purchase.InsufficientBalance)
	wants(t, "the largest price", a.buy(plain(1, most, 1, "")), 201, "")
	if u := get[purchase.User](a, "/users/1"); u.Balance != 0 {
		t.Errorf("balance is %d, want 0", u.Balance)
	}
}

func contractPages(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Plenty()))
	if o, l := a.orders(1), a.ledger(1); len(o) != 0 || len(l) != 0 {
		t.Errorf("before any purchase there are %d orders and %d entries, want none", len(o), len(l))
	}
	var ids []string
	for i := range 7 {
		ids = append(ids, a.buy(plain(1+int64(i)%3, 1, 1, "")).order(t).OrderID)
	}
	for _, limit := range []int{1, 2, 3, 6, 7, 8, 1000} {
		var orders, entries []string
		for _, o := range a.orders(limit) {
			orders = append(orders, o.OrderID)
			if path(o) != "reserve_stock+ charge_payment+ confirm_order+" {
				t.Errorf("limit %d: order %s went %q", limit, o.OrderID, path(o))
			}
		}
		for _, e := range a.ledger(limit) {
			entries = append(entries, e.OrderID)
		}
		if !slices.Equal(orders, ids) || !slices.Equal(entries, ids) {
			t.Errorf("limit %d: got orders %v and entries %v, want %v", limit, orders, entries, ids)
		}
	}
	for _, path := range []string{"/orders", "/ledger"} {
		for _, query := range []string{"limit=0", "limit=-1", "limit=1001", "limit=x", "limit=1.5", "after=x", "after=-1", "after=99999999999999999999"} {
			wants(t, path+"?"+query, a.do("GET", path+"?"+query, ""), 400, purchase.Malformed)
		}
	}
}

func contractLaboratory(t *testing.T, open opener) {
	a := newAPI(t, open(t, true, purchase.Cases()))
	wants(t, "before", a.buy(plain(1, 1, 1, "k")), 201, "")
	cursor := get[purchase.Orders](a, "/orders?limit=1")
	for _, body := range []string{
		"{", "{}", "[]", `{"users": []}`, `{"users": {}, "products": []}`, `{"users": [1], "products": []}`, `{"users": [null], "products": []}`,
		`{"users": [{"user_id": 1}], "products": []}`, `{"users": [{"user_id": 1, "balance": -1}], "products": []}`,
		`{"users": [{"user_id": 0, "balance": 1}], "products": []}`, `{"users": [{"user_id": 1, "balance": 1.5}], "products": []}`,
		`{"users": [{"user_id": 1, "balance": 1}, {"user_id": 1, "balance": 1}], "products": []}`,
		`{"users": [{"user_id": 1, "balance": 9223372036854775807}, {"user_id": 2, "balance": 1}], "products": []}`,
		`{"users": [], "products": [{"product_id": 1, "price": 0, "stock": 1}]}`,
		`{"users": [], "products": [{"product_id": 1, "price": 1, "stock": -1}]}`,
		`{"users": [], "products": [{"product_id": 1, "price": 4294967296, "stock": 4294967296}]}`,
		`{"users": [], "products": [{"product_id": 1, "price": 1, "stock": 1}, {"product_id": 1, "price": 1, "stock": 1}]}`,
	} {
		wants(t, "PUT "+body, a.do("PUT", "/lab/scenario", body), 400, purchase.Malformed)
	}
	wants(t, "PUT as text", a.do("PUT", "/lab/scenario", "{}", "Content-Type", "", "Content-Type", "text/plain"), 415, purchase.UnsupportedMedia)
	wants(t, "PUT 1 MiB + 1", a.do("PUT", "/lab/scenario", strings.Repeat(" ", 1<<20+1)), 413, purchase.TooLarge)
	if n := len(a.orders(10)); n != 1 {
		t.Errorf("after refused fixtures there are %d orders, want the 1 from before", n)
	}
	set, err := json.Marshal(purchase.Fixture{
		Users: []purchase.FixtureUser{{UserID: 7, Balance: 70}}, Products: []purchase.FixtureProduct{{ProductID: 9, Price: 10, Stock: 5}}})
	if err != nil {
		t.Fatal(err)
	}
	if r := a.do("PUT", "/lab/scenario", string(set)); r.status != http.StatusNoContent || len(r.body) != 0 {
		t.Errorf("PUT %s: got %d %q, want 204 and nothing", set, r.status, r.body)
	}
	if o, l := a.orders(10), a.ledger(10); len(o) != 0 || len(l) != 0 {
		t.Errorf("after a new fixture there are %d orders and %d entries, want none", len(o), len(l))
	}
	wants(t, "a user of the fixture before", a.do("GET", "/users/1", ""), 404, purchase.UnknownUser)
	wants(t, "a product of the fixture before", a.do("GET", "/products/1", ""), 404, purchase.UnknownProduct)
	wants(t, "buying on the new fixture under the old key", a.buy(plain(7, 9, 1, "k")), 201, "")
	if p := get[purchase.Product](a, "/products/9"); p != (purchase.Product{ProductID: 9, Price: 10, Stock: 4}) {
		t.Errorf("product is %+v, want stock 4", p)
	}
	if page := get[purchase.Orders](a, "/orders?after="+cursor.Next); len(page.Orders) != 1 {
		t.Errorf("after the last cursor of the fixture before there are %d orders, want the new one", len(page.Orders))
	}
}

func contractNoLaboratory(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	for _, method := range []string{"PUT", "GET", "POST"} {
		wants(t, method, a.do(method, "/lab/scenario", `{"users": [], "products": []}`), 404, purchase.NotFound)
	}
	wants(t, "the fixture is as before", a.do("GET", "/users/1", ""), 200, "")
}

// contractOneKey sends one purchase fifty times at once.
func contractOneKey(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Plenty()))
	var mu sync.Mutex
	statuses, bodies := map[int]int{}, map[string]int{}
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			r, err := a.try("POST", "/purchase", string(plain(1, 1, 2, "").Body("the same")))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[r.status]++
			bodies[string(r.body)]++
		})
	}
	wg.Wait()
	if statuses[201] != 1 || statuses[200] != 49 || len(bodies) != 1 {
		t.Errorf("got statuses %v and %d different bodies, want one 201, 49 × 200, all with the same order", statuses, len(bodies))
	}
	if o, l := a.orders(100), a.ledger(100); len(o) != 1 || len(l) != 1 {
		t.Errorf("there are %d orders and %d movements of money, want 1 and 1", len(o), len(l))
	}
}

func contractNoOversell(t *testing.T, open opener) {
	a := newAPI(t, open(t, false, purchase.Cases()))
	var mu sync.Mutex
	statuses := map[int]int{}
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			r, err := a.try("POST", "/purchase", string(plain(1+2*int64(i%2), 1, 1, "").Body(fmt.Sprint(i))))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			statuses[r.status]++
		})
	}
	wg.Wait()
	if statuses[201] != 12 || statuses[409] != 28 {
		t.Errorf("40 clients at a stock of 12: got statuses %v, want 12 × 201 and 28 × 409", statuses)
	}
	audit(t, a, purchase.Cases(), nil)
}
