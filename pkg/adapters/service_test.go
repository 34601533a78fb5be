package adapters

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// foreign is a service of another shape than the contract, which notes what it is asked.
type foreign struct {
	mu    sync.Mutex
	asked []string // METHOD URI, and the body after a space
	heads []http.Header
	pages int // of orders, each with two
}

// answersOf are what foreign answers to a purchase, by its quantity: status, header X-Order, body.
var answersOf = map[string][3]string{
	"1":  {"201", "", `{"order":{"id":7001,"status":"completed"},"total":"12.34"}`},
	"2":  {"201", "", `{"order":{"id":"o-2","status":"failed","error":"card"}}`},
	"3":  {"200", "", `{"data":null,"errors":[{"code":"NO_ACTIVE_ORDER"}]}`},
	"4":  {"201", "/orders/o-4", ``},
	"5":  {"500", "", `sold out, sorry`},
	"6":  {"409", "", `{"code":"sold_out"}`},
	"7":  {"503", "", ``},
	"8":  {"202", "", `{"order":{"id":"o-8","status":"queued"}}`},
	"9":  {"418", "", `{"order":{"id":"o-9"}}`},
	"10": {"200", "", `{"order":{"id":"o-10","status":"completed"},"errors":[]}`},
	"11": {"200", "", `[]`},
}

func (f *foreign) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	f.asked = append(f.asked, strings.TrimSpace(r.Method+" "+r.URL.RequestURI()+" "+string(body)))
	f.heads = append(f.heads, r.Header)
	f.mu.Unlock()
	switch path := r.URL.Path; {
	case r.Method == "POST" && strings.HasPrefix(path, "/shop/buy"):
		quantity := r.URL.Query().Get("n")
		if quantity == "" {
			r.Form = nil
			var in struct{ Qty json.Number }
			json.Unmarshal(body, &in)
			quantity = in.Qty.String()
		}
		a := answersOf[quantity]
		if a[1] != "" {
			w.Header().Set("Location", a[1])
			w.Header().Set("X-Result", "ok")
		}
		status, _ := strconv.Atoi(a[0])
		w.WriteHeader(status)
		io.WriteString(w, a[2])
	case path == "/shop/orders":
		f.list(w, r)
	case path == "/shop/orders/o-1":
		io.WriteString(w, `{"data":{"id":"o-1","state":"completed","amount":null}}`)
	case path == "/shop/stock/2":
		io.WriteString(w, `{"on_hand":12,"allocated":3,"price":10.5}`)
	case path == "/shop/stocks":
		io.WriteString(w, `[{"sku":1,"n":4},{"sku":2,"n":5}]`)
	case path == "/shop/accounts/1":
		io.WriteString(w, `{"balance":"1000.00"}`)
	case path == "/shop/accounts/2":
		io.WriteString(w, `{"balance":null}`)
	case path == "/shop/ledger":
		io.WriteString(w, `{"entries":[{"id":1,"order":"o-1","user":1,"type":"debit","amount":-12.5,"at":"2026-01-02T03:04:05Z"},{"id":2,"order":"o-2","user":2,"type":"credit","amount":3,"at":1767323045},{"id":3,"type":"topup"}]}`)
	case path == "/shop/reset":
		w.WriteHeader(http.StatusNoContent)
	default:
		http.Error(w, "no such page", http.StatusNotFound)
	}
}

// list answers with two orders a page, and the next page in several ways.
func (f *foreign) list(w http.ResponseWriter, r *http.Request) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	if cursor := r.URL.Query().Get("after"); cursor != "" {
		page, _ = strconv.Atoi(strings.TrimPrefix(cursor, "c&"))
	}
	page = max(1, page)
	rows, next, address := []string{}, "null", "null"
	if page <= f.pages {
		for i := range 2 {
			rows = append(rows, fmt.Sprintf(`{"id":"o-%d","state":"completed","reference":"k%d","customer":{"id":%d},"lines":[{"sku":2,"qty":3}],"total":31.5}`, 2*page+i, 2*page+i, page))
		}
		rows = append(rows, `{"id":"cart","state":"draft"}`)
	}
	if page < f.pages {
		next, address = fmt.Sprintf(`"c&%d"`, page+1), fmt.Sprintf(`"/shop/orders?page=%d"`, page+1)
		w.Header().Set("Link", fmt.Sprintf(`</shop/orders?page=1>; rel="first", <http://%s/shop/orders?page=%d>; rel="next"`, r.Host, page+1))
	}
	fmt.Fprintf(w, `{"data":[%s],"cursor":%s,"links":{"next":%s,"away":"https://example.com/x"},"more":%v,"pages":%d}`, strings.Join(rows, ","), next, address, page < f.pages, f.pages)
}

// last returns the last request that was asked.
func (f *foreign) last() (string, http.Header) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[len(f.asked)-1], f.heads[len(f.heads)-1]
}

// clientOf returns a client of f by a file.
func clientOf(t *testing.T, f *foreign, file *File) *purchase.Client {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	return clientOfURL(t, server.URL+"/shop", file)
}

// clientOfURL returns a client by a file of the service at an address.
func clientOfURL(t *testing.T, url string, file *File) *purchase.Client {
	t.Helper()
	e, err := purchase.ParseEndpoint(url)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Secrets: file.Secrets()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	return purchase.NewClient(e, sender).WithAdapter(file)
}

const shopFile = `
name: the shop
header: {X-Session: "{{.Var.session}}", X-None: ""}
health: none
purchase:
  send: POST /buy/{{.Product}}
  header: {Idempotency-Key: "{{.Key}}", X-Attempt: "{{.Attempt}}"}
  json: '{"user": {{json .User}}, "qty": {{.Quantity}}, "note": "for {{.User}} by {{.Method}}"}'
  order: order.id
  amount: {path: total, times: 100}
  means:
    - {http: 2xx, when: {"errors.#": exists}, is: declined, reason: {from: errors.0.code}}
    - {http: 2xx, when: {order.status: completed}, is: confirmed}
    - {http: 2xx, when: {order.status: [failed, void]}, is: refused, reason: {from: order.error}}
    - {http: 202, is: pending}
    - {http: 409, when: {code: sold_out}, is: no_stock}
    - {http: [429, 503], is: turned_away}
    - {http: 201, body: empty, header: {X-Result: ok}, is: confirmed}
    - {http: 5xx, body: {contains: sold out}, is: no_stock, reason: sold_out}
orders:
  get: /orders
  rows: data
  id: id
  status: state
  map: {completed: CONFIRMED, failed: CANCELLED, open: PENDING}
  key: reference
  user: customer.id
  product: lines.0.sku
  quantity: lines.0.qty
  amount: {path: total, times: 100}
  except: {state: draft}
  next: {path: cursor, query: after}
order:
  get: /orders/{{.Order}}
  id: data.id
  status: data.state
  amount: data.amount
  map: {completed: CONFIRMED}
stock: {get: "/stock/{{.Product}}", value: {path: on_hand, minus: allocated}, reserved: allocated, price: {path: price, times: 100}}
balance: {get: "/accounts/{{.User}}", value: {path: balance, times: 100}}
ledger: {get: /ledger, rows: entries, id: id, order: order, user: user, kind: type, map: {debit: charge, credit: refund}, except: {type: topup}, amount: {path: amount, times: 100}, at: at}
reset: POST /reset
reads_lag: 2s
`

func TestPurchasesOfAForeignService(t *testing.T) {
	f := new(foreign)
	c := clientOf(t, f, parse(t, shopFile, map[string]string{"session": "s3ss10n"}))
	for _, tt := range []struct {
		quantity int64
		outcome  purchase.Outcome
		meaning  purchase.Meaning
		reason   string
		order    string
		amount   int64
	}{
		{1, purchase.OK, purchase.MeansConfirmed, "", "7001", 1234},
		{2, purchase.Failed, purchase.MeansDeclined, "card", "o-2", 0},
		{3, purchase.Failed, purchase.MeansDeclined, "NO_ACTIVE_ORDER", "", 0},
		{4, purchase.OK, purchase.MeansConfirmed, "", "", 0},
		{5, purchase.Failed, purchase.MeansNoStock, "sold_out", "", 0},
		{6, purchase.Failed, purchase.MeansNoStock, "no_stock", "", 0},
		{7, purchase.Failed, purchase.MeansTurnedAway, "turned_away", "", 0},
		{8, purchase.Unknown, purchase.MeansUnclear, "pending", "o-8", 0},
		{9, purchase.Unknown, purchase.MeansUnclear, "http_418", "", 0}, // no rule: not even the order is read
		{10, purchase.OK, purchase.MeansConfirmed, "", "o-10", 0},       // an empty list of errors
		{11, purchase.Unknown, purchase.MeansUnclear, "http_200", "", 0},
	} {
		r := c.Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 2, Quantity: tt.quantity, PaymentMethodID: 4, IdempotencyKey: "k 1"})
		a := r.Answer
		if r.Outcome != tt.outcome || a.Meaning != tt.meaning || a.Reason != tt.reason || a.OrderID != tt.order || a.Amount != tt.amount {
			t.Errorf("quantity %d: %s, %+v; want %+v", tt.quantity, r.Outcome, a, tt)
		}
		want := fmt.Sprintf(`POST /shop/buy/2 {"user": "1", "qty": %d, "note": "for 1 by 4"}`, tt.quantity)
		if asked, h := f.last(); asked != want || h.Get("Idempotency-Key") != "k 1" || h.Get("X-Session") != "s3ss10n" || h.Get("X-Attempt") != "1" || h["X-None"] != nil || h.Get("Content-Type") != "application/json" {
			t.Errorf("sent %s with %v, want %s", asked, h, want)
		}
	}
	r := c.PurchaseWithoutKey(t.Context(), purchase.Request{UserID: 1, ProductID: 2, Quantity: 1, PaymentMethodID: 4})
	if _, h := f.last(); h["Idempotency-Key"] != nil || !r.Success() {
		t.Errorf("without a key the header is %v, %s; want none: a header whose value is empty is not sent", h["Idempotency-Key"], r.Outcome)
	}
}

func TestFormAndHeaderAndKeys(t *testing.T) {
	f := new(foreign)
	file := parse(t, `
purchase:
  send: POST /buy?n={{.Quantity}}
  form: {"cart[user]": "u {{.User}}", key: "{{.Key}}", secret: "{{.Var.token}}"}
  key: required
  order: {header: Location, after: /orders/}
  means: [{http: 201, is: confirmed}]
`, map[string]string{"token": "a&b=c"})
	c := clientOf(t, f, file)
	one := purchase.Request{UserID: 1, ProductID: 2, Quantity: 4, PaymentMethodID: 4, IdempotencyKey: "k&x=1"}
	r := c.Purchase(t.Context(), one)
	want := `POST /shop/buy?n=4 cart%5Buser%5D=u+1&key=k%26x%3D1&secret=a%26b%3Dc`
	if asked, h := f.last(); asked != want || h.Get("Content-Type") != formType || r.OrderID != "o-4" || !r.Success() {
		t.Errorf("sent %s with %v, got %s, order %q; want %s and o-4", asked, h, r.Outcome, r.OrderID, want)
	}
	r = c.PurchaseWithoutKey(t.Context(), one)
	if r.Outcome != purchase.Failed || r.Operation.Err == nil || !strings.Contains(r.Operation.Err.Error(), "the service requires one") || len(f.asked) != 1 {
		t.Errorf("without a key: %s, %v, %d requests; want none sent", r.Outcome, r.Operation.Err, len(f.asked))
	}
	one.IdempotencyKey = "k"
	r = clientOf(t, f, parse(t, least(""), nil)).Purchase(t.Context(), one)
	if r.Operation.Key != "" {
		t.Errorf("a purchase of a service without keys is under %q", r.Operation.Key)
	}
}

func TestReadsOfAForeignService(t *testing.T) {
	f := &foreign{pages: 3}
	c := clientOf(t, f, parse(t, shopFile, map[string]string{"session": "s3ss10n"}))
	orders := allOrders(t, c)
	if len(orders) != 6 {
		t.Fatalf("%d orders, want 6 on three pages, without drafts", len(orders))
	}
	want := purchase.Order{OrderID: "o-2", IdempotencyKey: "k2", UserID: 1, ProductID: 2, Quantity: 3, Amount: 3150, Status: purchase.Confirmed}
	if fmt.Sprint(orders[0]) != fmt.Sprint(want) {
		t.Errorf("the first order is %+v, want %+v", orders[0], want)
	}
	if o, err := c.Order(t.Context(), "o-1"); err != nil || o.OrderID != "o-1" || o.Status != purchase.Confirmed || o.Amount != 0 {
		t.Errorf("one order is %+v, %v", o, err)
	}
	var status purchase.StatusError
	if _, err := c.Order(t.Context(), "a/b"); !errors.As(err, &status) || status != 404 {
		t.Errorf("an order that is not there: %v, want a StatusError of 404", err)
	}
	if asked, _ := f.last(); asked != "GET /shop/orders/a%2Fb" {
		t.Errorf("asked %s", asked)
	}
	for _, id := range []string{"", "..", "."} {
		before := len(f.asked)
		if _, err := c.Order(t.Context(), id); err == nil || len(f.asked) != before {
			t.Errorf("the order %q: %v, %d requests; want an error without one", id, err, len(f.asked)-before)
		}
	}
	if p, err := c.Product(t.Context(), 2); err != nil || p != (purchase.Product{ProductID: 2, Price: 1050, Stock: 9, Reserved: 3}) {
		t.Errorf("the product is %+v, %v", p, err)
	}
	if u, err := c.User(t.Context(), 1); err != nil || u.Balance != 100000 {
		t.Errorf("the user is %+v, %v", u, err)
	}
	if _, err := c.User(t.Context(), 2); err == nil || !strings.Contains(err.Error(), `GET /accounts/2: value: there is none at "balance" in the answer`) {
		t.Errorf("a balance of null: %v", err)
	}
	l, err := c.Ledger(t.Context(), "", 100)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	wantLedger := []purchase.Entry{{EntryID: "1", OrderID: "o-1", UserID: 1, Kind: "charge", Amount: 1250, At: at}, {EntryID: "2", OrderID: "o-2", UserID: 2, Kind: "refund", Amount: 300, At: at.Add(0)}}
	if err != nil || fmt.Sprint(l.Entries) != fmt.Sprint(wantLedger) {
		t.Errorf("the ledger is %v, %v, want %v", l.Entries, err, wantLedger)
	}
	if err := c.SetFixture(t.Context(), purchase.Cases()); !errors.Is(err, purchase.ErrNoFixture) {
		t.Errorf("a fixture, of which a file cannot say how it is set: %v", err)
	}
	if err := c.Reset(t.Context()); err != nil {
		t.Error(err)
	}
	if asked, _ := f.last(); asked != "POST /shop/reset" {
		t.Errorf("a reset asked for %s", asked)
	}
	if h, err := c.Health(t.Context()); err != nil || h.ReadsLagMS == nil || *h.ReadsLagMS != 2000 {
		t.Errorf("the health is %+v, %v, want the lag of the file", h, err)
	}
	if err := c.Reachable(t.Context(), purchase.Connectivity{Attempts: 1, Timeout: time.Minute}, nil); err != nil {
		t.Errorf("without health any answer will do: %v", err)
	}
}

// allOrders reads all pages, at most ten.
func allOrders(t *testing.T, c *purchase.Client) (all []purchase.Order) {
	t.Helper()
	for after, n := "", 0; n < 10; n++ {
		page, err := c.Orders(t.Context(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if all, after = append(all, page.Orders...), page.Next; after == "" {
			return all
		}
	}
	t.Fatal("the pages have no end")
	return nil
}

func TestPaging(t *testing.T) {
	for next, want := range map[string]int{
		"{path: cursor, query: after}": 6, "{path: links.next}": 6, "links.next": 6, "{page: page}": 6, "{page: page, more: more}": 6, "{page: page, pages: pages}": 6, "{header: Link}": 6, "{page: page, first: 2}": 4,
	} {
		f := &foreign{pages: 3}
		c := clientOf(t, f, parse(t, least("orders: {get: /orders, rows: data, id: id, status: state, map: {completed: CONFIRMED}, except: {state: draft}, next: "+next+"}\n"), nil))
		if orders := allOrders(t, c); len(orders) != want {
			t.Errorf("next: %s gave %d orders, want %d", next, len(orders), want)
		}
	}
	text := func(next string) string {
		return least("orders: {get: \"/orders?limit={{.Limit}}\", rows: data, id: id, status: state, map: {completed: CONFIRMED, draft: PENDING}, next: " + next + "}\n")
	}
	f := &foreign{pages: 3}
	if _, err := clientOf(t, f, parse(t, text("links.away"), nil)).Orders(t.Context(), "", 7); err == nil || !strings.Contains(err.Error(), "is of another origin") {
		t.Errorf("an address of another origin: %v", err)
	}
	if asked, _ := f.last(); asked != "GET /shop/orders?limit=7" {
		t.Errorf("asked %s", asked)
	}
	c := clientOf(t, f, parse(t, text("{page: number}"), nil)) // which the service does not know
	page, err := c.Orders(t.Context(), "", 7)
	if err == nil {
		_, err = c.Orders(t.Context(), page.Next, 7)
	}
	if err == nil || !strings.Contains(err.Error(), "begins with the same row as the page before it: is number the name of the number?") {
		t.Errorf("a number that the service does not know: %v", err)
	}
}

func TestReadsThatAreWrong(t *testing.T) {
	c := clientOf(t, &foreign{pages: 1}, parse(t, least(""), nil))
	_, e1 := c.Orders(t.Context(), "", 1)
	_, e2 := c.Order(t.Context(), "1")
	_, e3 := c.Product(t.Context(), 1)
	_, e4 := c.User(t.Context(), 1)
	_, e5 := c.Ledger(t.Context(), "", 1)
	for _, err := range []error{e1, e2, e3, e4, e5} {
		if !errors.Is(err, purchase.ErrNotRead) {
			t.Errorf("%v, want an error that wraps ErrNotRead", err)
		}
	}
	if err := c.SetFixture(t.Context(), purchase.Cases()); !errors.Is(err, purchase.ErrNoFixture) {
		t.Errorf("a fixture: %v, want an error that wraps ErrNoFixture", err)
	}
	if err := c.Reset(t.Context()); !errors.Is(err, purchase.ErrNoReset) {
		t.Errorf("a reset: %v, want an error that wraps ErrNoReset", err)
	}
	for text, want := range map[string]string{
		"rows: datas, id: id, status: state":                                                 `rows: there is no list at "datas" in the answer`,
		"rows: data, id: id, status: state, map: {open: PENDING}":                            `status: "completed" is not in map: add it, map: {completed: …} with CONFIRMED, CANCELLED, PENDING or COMPENSATING, or leave such orders out, which are no purchases: except: {state: completed}`,
		"rows: data, id: id, status: state":                                                  `status: "completed" is no status of the contract: add a map:`,
		"rows: data, id: nr, status: state":                                                  "id: an order has none",
		"rows: data, id: customer, status: state":                                            `id: the value at "customer" is an object or a list`,
		"rows: data, id: id, status: state, map: {completed: CONFIRMED}, amount: total":      `amount: 31.5 × 1 is no integer: set times:`,
		"rows: data, id: id, status: state, map: {completed: CONFIRMED}, quantity: state":    `"completed" is no decimal number`,
		"rows: data, id: id, status: state, map: {completed: CONFIRMED}, created: reference": `"k2" is no time`,
	} {
		c := clientOf(t, &foreign{pages: 1}, parse(t, least("orders: {get: /orders, "+text+"}\n"), nil))
		if _, err := c.Orders(t.Context(), "", 1); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "shop.yaml: orders: GET /orders") {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	c = clientOf(t, new(foreign), parse(t, least(`stock: {get: "/stocks?p={{.Product}}", value: "#(sku=={{.Product}}).n"}`+"\n"), nil))
	if p, err := c.Product(t.Context(), 2); err != nil || p.Stock != 5 {
		t.Errorf("a product found by a query is %+v, %v; want 5", p, err)
	}
}

// TestGraphQL buys from and reads a service with one address, whose queries are texts in JSON
// with their variables; refusals are errors in an answer of 200.
func TestGraphQL(t *testing.T) {
	var bodies []map[string]any
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct {
			Query     string
			Variables map[string]any
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil || r.Method != "POST" || r.URL.Path != "/graphql" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		bodies = append(bodies, q.Variables)
		switch {
		case strings.Contains(q.Query, "buy") && q.Variables["n"] == 1.0:
			io.WriteString(w, `{"data":{"buy":{"order":{"id":"T1","state":"PaymentSettled"}}}}`)
		case strings.Contains(q.Query, "buy"):
			io.WriteString(w, `{"data":{"buy":{"__typename":"InsufficientStockError","errorCode":"INSUFFICIENT_STOCK_ERROR"}}}`)
		case q.Variables["after"] == nil:
			io.WriteString(w, `{"data":{"orders":{"edges":[{"node":{"id":"T1","state":"PaymentSettled"}}],"pageInfo":{"hasNextPage":true,"endCursor":"c\"1"}}}}`)
		default:
			io.WriteString(w, `{"data":{"orders":{"edges":[{"node":{"id":"T2","state":"Cancelled"}}],"pageInfo":{"hasNextPage":false,"endCursor":"c2"}}}}`)
		}
	}))
	defer server.Close()
	file := parse(t, `
purchase:
  send: POST /graphql
  json: |
    {"query": "mutation buy($u: ID!, $n: Int!, $k: String) { buy(user: $u, count: $n, key: $k) { __typename } }",
     "variables": {"u": {{json .User}}, "n": {{.Quantity}}, "k": {{.Key}}}}
  order: data.buy.order.id
  means:
    - {when: {data.buy.order.state: PaymentSettled}, is: confirmed}
    - {when: {data.buy.errorCode: INSUFFICIENT_STOCK_ERROR}, is: no_stock, reason: {from: data.buy.errorCode}}
orders:
  send: POST /graphql
  json: '{"query": "query orders($after: String) { … }", "variables": {"after": {{.After}}, "first": {{.Limit}}}}'
  rows: data.orders.edges.#.node
  next: {path: data.orders.pageInfo.endCursor, more: data.orders.pageInfo.hasNextPage}
  id: id
  status: state
  map: {PaymentSettled: CONFIRMED, Cancelled: CANCELLED}
`, nil)
	e, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	sender, err := retry.New(retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	c := purchase.NewClient(e, sender).WithAdapter(file)
	r := c.PurchaseWithoutKey(t.Context(), purchase.Request{UserID: 1, ProductID: 2, Quantity: 1, PaymentMethodID: 4})
	if !r.Success() || r.OrderID != "T1" || bodies[0]["u"] != "1" || bodies[0]["k"] != nil {
		t.Errorf("%s, order %q, sent %v; want T1, and null for no key", r.Outcome, r.OrderID, bodies[0])
	}
	r = c.Purchase(t.Context(), purchase.Request{UserID: 1, ProductID: 2, Quantity: 2, PaymentMethodID: 4, IdempotencyKey: "k"})
	if r.Answer.Meaning != purchase.MeansNoStock || r.Reason != "INSUFFICIENT_STOCK_ERROR" || bodies[1]["k"] != "k" {
		t.Errorf("%+v, sent %v; want no_stock", r.Answer, bodies[1])
	}
	orders := allOrders(t, c)
	if len(orders) != 2 || orders[1].OrderID != "T2" || orders[1].Status != purchase.Cancelled || bodies[3]["after"] != `c"1` || bodies[3]["first"] != 100.0 {
		t.Errorf("orders %+v, sent %v; want T1 and T2", orders, bodies[2:])
	}
}

// TestPageInABody asks for pages by a number in a body of JSON.
func TestPageInABody(t *testing.T) {
	f := &foreign{pages: 2}
	c := clientOf(t, f, parse(t, least("orders: {send: POST /search, json: '{\"page\": {{.After}}, \"text\": {{json .After}}}', rows: data, id: id, status: state, next: {page: page}}\n"), nil))
	if _, err := c.Orders(t.Context(), "", 1); err == nil {
		t.Error("a search that is not there was read")
	}
	if asked, _ := f.last(); asked != `POST /shop/search {"page": 1, "text": "1"}` {
		t.Errorf("asked %s, want the number of the page", asked)
	}
}
