package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/tidwall/gjson"

	"sagalab/pkg/adapters"
	"sagalab/pkg/internal/bookshop"
)

// bookshopFile describes the shop of package bookshop.
const bookshopFile = `
name: the bookshop
header: {X-Session: "{{.Var.session}}"}
purchase:
  send: POST /v2/orders
  header: {X-Request-Id: "{{.Key}}"}
  json: '{"customer": {{json .User}}, "sku": {{json .Product}}, "copies": {{.Quantity}}}'
  order: order.number
  amount: {path: order.total, times: 100}
  means:
    - {http: 201, when: {order.state: paid}, is: confirmed}
    - {http: 201, when: {order.because: no_copies_left}, is: no_stock, reason: {from: order.because}}
    - {http: 201, when: {order.because: empty_wallet}, is: no_money, reason: {from: order.because}}
    - {http: 409, when: {error: still_working}, is: try again}
    - {http: 422, when: {error: other_order}, is: key_reused}
    - {http: 400, is: invalid, reason: {from: error}}
    - {http: 503, is: turned_away}
orders:
  get: /v2/orders
  rows: orders
  id: number
  status: state
  map: {paid: CONFIRMED, rejected: CANCELLED, open: PENDING}
  user: customer
  product: lines.0.sku
  quantity: lines.0.copies
  amount: {path: total, times: 100}
  next: {page: page, pages: pages}
stock: {get: "/v2/books/{{.Product}}", value: copies.on_shelf, reserved: copies.set_aside, price: {path: price, times: 100}}
balance: {get: "/v2/customers/{{.User}}", value: {path: wallet, times: 100}}
ledger: {get: /v2/payments, rows: "@this", id: payment, order: order, user: customer, kind: kind, map: {debit: charge, credit: refund}, amount: {path: amount, times: 100}}
reset: POST /test/reset
`

// bookshopAt serves the bookshop with the customer 1 and the book 1, and notes what is asked.
func bookshopAt(t *testing.T) string {
	t.Helper()
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	shop := bookshop.New()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2") && r.Header.Get("X-Session") != "s3ss10n-0123456789" {
			t.Errorf("%s %s without the session", r.Method, r.URL)
		}
		shop.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	resp, err := http.Post(s.URL+"/test/reset", "application/json", strings.NewReader(`{"books":{"1":{"copies":12,"price":"24.90"}},"customers":{"1":"1000.00"}}`))
	if err != nil || resp.StatusCode != http.StatusNoContent {
		t.Fatal(resp, err)
	}
	resp.Body.Close()
	return s.URL
}

// fileWith writes a file for a test.
func fileWith(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "shop.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAPINew(t *testing.T) {
	out, _, code, err := invoke(t, "api", "new")
	if code != 0 || out != string(adapters.Example()) {
		t.Errorf("api new ended with %d, %v, and printed %q", code, err, out)
	}
	path := filepath.Join(t.TempDir(), "shop.yaml")
	if _, _, code, err := invoke(t, "api", "new", path); code != 0 {
		t.Errorf("api new FILE ended with %d, %v", code, err)
	}
	if f, err := adapters.Open(path); err != nil || f.Contents() != out {
		t.Errorf("the file has not the example: %v", err)
	}
	if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, _, code, err = invoke(t, "api", "new", path)
	if text, _ := os.ReadFile(path); code != 3 || err == nil || !strings.Contains(err.Error(), "is already there") || string(text) != "mine" {
		t.Errorf("api new over a file ended with %d, %v, and left %q", code, err, text)
	}
}

func TestAPICheckOfABookshop(t *testing.T) {
	api, path := bookshopAt(t), fileWith(t, bookshopFile)
	out, log, code, err := invoke(t, "api", "check", path, "--api", api)
	for _, want := range []string{
		"This buys from " + api, "confirmed, order B-1, amount 2490", "no_stock (no_copies_left)", "the same order", `{"customer": "1", "sku": "1", "copies": 1}`,
		"X-Session, X-Request-Id", "of the purchase: B-1 CONFIRMED, user 1, product 1, quantity 1, amount 2490", "of the purchase: charge 2490", "can be bought, 0 reserved, price 2490",
		"11 can be bought, 0 reserved, price 2490; fell by 1", "97510; fell by 2490", "not sent: load --reset sends it", "yes  ledger, orders and price",
		"yes  orders with their status", "no   one order", "no   the key in orders", "All was understood.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the table has no %q", want)
		}
	}
	if code != 0 || err != nil || strings.Contains(out+log, "s3ss10n") || !strings.HasPrefix(out, "This buys") {
		t.Errorf("api check ended with %d, %v\n%s%s", code, err, out, log)
	}
}

func TestAPICheckAsJSON(t *testing.T) {
	api, path := bookshopAt(t), fileWith(t, bookshopFile)
	out, log, code, err := invoke(t, "api", "check", path, "--api", api, "--json", "--refused-quantity", "0")
	var report apiReport
	if bad := json.Unmarshal([]byte(out), &report); bad != nil || code != 0 || !strings.HasPrefix(log, "This buys") {
		t.Fatalf("api check --json ended with %d, %v, %v\n%s%s", code, err, bad, out, log)
	}
	if len(report.Steps) != 5 || report.Steps[0].OrderID != "B-1" || report.Steps[1].Skipped == "" || report.Steps[2].OrderID != "B-1" || !report.Understood || len(report.Reads) != 6 || len(report.Rules) != 10 {
		t.Errorf("the report is %+v", report)
	}
}

// TestAPICheckFindsWhatIsWrong changes one line of the file, or of the service, each time.
func TestAPICheckFindsWhatIsWrong(t *testing.T) {
	for _, tt := range []struct{ old, new, want string }{
		{"{http: 201, when: {order.state: paid}, is: confirmed}", "{http: 200, is: confirmed}", "no rule of means covers this answer, or one says unknown: add one for HTTP 201"},
		{"when: {order.state: paid}", "when: {order.state: sold}", "no rule of means covers this answer"},
		{"when: {order.state: paid}, is: confirmed", "when: {order.state: paid}, is: refused", "it was not confirmed"},
		{"X-Request-Id", "X-Key", "the same key made another order than B-1"},
		{"paid: CONFIRMED", "sold: CONFIRMED", `status: "paid" is not in map`},
		{"paid: CONFIRMED", "paid: CANCELLED", "its status is CANCELLED"},
		{"id: number", "id: nr", "id: an order has none"},
		{"get: /v2/orders", "get: /v1/orders", "HTTP 404"},
		{"order: order.number", "order: order.nr", "the confirming answer names no order where order says, or one of more than 255 bytes, which is not kept: change the path"},
		{"{http: 201, when: {order.because: no_copies_left}, is: no_stock, reason: {from: order.because}}", "{http: 299, is: no_stock}", "no rule of means covers this answer"},
		{"value: copies.on_shelf", "value: copies.on_the_shelf", `there is none at "copies.on_the_shelf"`},
		{"value: {path: wallet, times: 100}", "value: {path: name.first, times: 100}", `there is none at "name.first"`},
		{"map: {debit: charge, credit: refund}", "map: {credit: refund}", `kind: "debit" is not in map`},
		{"order: order, user: customer, kind", "order: payment, user: customer, kind", "has no charge in it"},
		{"amount: {path: order.total, times: 100}", "amount: order.total", "is no integer: set times: to the minor units of one, such as times: 100"},
		{"amount: {path: order.total, times: 100}", "amount: order.sum", "amount: there is none in the answer"},
		{"value: copies.on_shelf", "value: copies.set_aside", "the stock was 0 before the purchase and is 0 after it, it did not fall: is value: the right member"},
		{"price: {path: price, times: 100}", "price: {path: price, times: 1000}", "the answer named the amount 2490, but price × quantity is 24900"},
		{"value: {path: wallet, times: 100}", "value: {path: wallet, times: 1000}", "the balance fell by 24900, but the purchase costs 2490"},
		{"map: {paid: CONFIRMED, ", "except: {state: paid}\n  map: {", "the confirmed order B-1 is not among them: does next: lead to all pages, does except: leave it out"},
	} {
		api := bookshopAt(t)
		changed := strings.Replace(bookshopFile, tt.old, tt.new, 1)
		if changed == bookshopFile {
			t.Fatalf("%q is not in the file", tt.old)
		}
		out, _, code, err := invoke(t, "api", "check", fileWith(t, changed), "--api", api)
		if code != 1 || !strings.Contains(out, tt.want) || strings.Contains(out, "All was understood") || strings.Contains(out, "\x00") {
			t.Errorf("%s → %s: ended with %d, %v, want %q in\n%s", tt.old, tt.new, code, err, tt.want, out)
		}
	}
}

// TestAPICheckFindsAListWithoutItsOtherPages: the newest page has the order of the purchase, and
// yet it is not the whole list.
func TestAPICheckFindsAListWithoutItsOtherPages(t *testing.T) {
	whole, err := url.Parse(bookshopAt(t))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(whole)
	proxy.ModifyResponse = func(r *http.Response) error {
		if r.Request.URL.Path != "/v2/orders" || r.Request.Method != http.MethodGet {
			return nil
		}
		body, err := io.ReadAll(r.Body)
		list := gjson.GetBytes(body, "orders").Array()
		var newest []string
		for _, o := range list[max(0, len(list)-4):] {
			newest = append(newest, o.Raw)
		}
		text := `{"orders":[` + strings.Join(newest, ",") + `]}`
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(text)), int64(len(text))
		r.Header.Set("Content-Length", strconv.Itoa(len(text)))
		return err
	}
	s := httptest.NewServer(proxy)
	t.Cleanup(s.Close)
	path := fileWith(t, strings.Replace(bookshopFile, "  next: {page: page, pages: pages}\n", "", 1))
	for _, want := range []struct {
		code int
		text string
	}{{0, "All was understood."}, {1, "the list had 4 orders before the purchases and has 4 with them: it seems to be one page of several"}} {
		for range 1 + want.code { // of the orders of the first check there are fewer than a page
			out, _, code, err := invoke(t, "api", "check", path, "--api", s.URL)
			if want.code == 1 && code == 0 {
				continue
			}
			if code != want.code || !strings.Contains(out, want.text) {
				t.Errorf("ended with %d, %v; want %d and %q in\n%s", code, err, want.code, want.text, out)
			}
		}
	}
}

// TestAPICheckOfATokenThatIsWrong: a rule for HTTP 401 is not what is missing.
func TestAPICheckOfATokenThatIsWrong(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(s.Close)
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	out, _, code, err := invoke(t, "api", "check", fileWith(t, bookshopFile), "--api", s.URL)
	if code != 1 || !strings.Contains(out, "Is the token right (the file reads SAGALAB_VAR_session)?") || strings.Contains(out, "yes  ") || !strings.Contains(out, "unknown (http_401)") {
		t.Errorf("api check ended with %d, %v\n%s", code, err, out)
	}
}

// TestAPICheckSaysThatItBuys only where it does: not of a service that is out of reach.
func TestAPICheckSaysThatItBuys(t *testing.T) {
	path := fileWith(t, strings.Replace(bookshopFile, "{{.Var.session}}", "none", 1))
	for _, flags := range [][]string{nil, {"--json"}} {
		out, log, code, err := invoke(t, append([]string{"api", "check", path, "--api", "http://127.0.0.1:1"}, flags...)...)
		if code != 3 || err == nil || !strings.Contains(err.Error(), "nothing was bought") || strings.Contains(out+log, "This buys") {
			t.Errorf("api check %v ended with %d, %v\n%s%s", flags, code, err, out, log)
		}
	}
}

// TestAPICheckTellsTwoAtOnceApart by their numbers, and what each was answered.
func TestAPICheckTellsTwoAtOnceApart(t *testing.T) {
	file := strings.Replace(bookshopFile, "{{.Var.session}}", "none", 1)
	answers := []string{
		`{"order":{"state":"paid","number":"B-1","total":"24.90"}}`, `{"order":{"because":"no_copies_left"}}`, `{"order":{"state":"paid","number":"B-1","total":"24.90"}}`,
		`{"order":{"state":"paid","number":"B-2","total":"24.90"}}`, `{"order":{"state":"paid","number":"B-2","total":"24.90"}}`,
	}
	for busy, want := range map[bool]string{false: "both are the same order", true: "as confirmed, order B-2, amount 2490"} {
		var sent atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodPost {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			n := sent.Add(1)
			if busy && n == 5 {
				w.WriteHeader(http.StatusConflict)
				io.WriteString(w, `{"error":"still_working"}`)
				return
			}
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, answers[n-1])
		}))
		t.Cleanup(s.Close)
		out, _, _, err := invoke(t, "api", "check", fileWith(t, file), "--api", s.URL)
		for _, part := range []string{"\ntwo at once under one key: 1 of 2\n", "\ntwo at once under one key: 2 of 2\n", want} {
			if !strings.Contains(out, part) || busy && !strings.Contains(out, "as in_progress") {
				t.Errorf("busy %v: %v, want %q in\n%s", busy, err, part, out)
			}
		}
	}
}

// TestAPICheckNamesTheFlag that has a value which it cannot have.
func TestAPICheckNamesTheFlag(t *testing.T) {
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	api, path := untouched(t), fileWith(t, bookshopFile)
	for _, flag := range []string{"--timeout=0s", "--timeout=-1s", "--refused-quantity=-1"} {
		name, value, _ := strings.Cut(flag, "=")
		if _, _, code, err := invoke(t, "api", "check", path, "--api", api, flag); code != 3 || err == nil || !strings.Contains(err.Error(), name+" is "+value+", want ") {
			t.Errorf("api check %s ended with %d, %v", flag, code, err)
		}
	}
}

// TestAPICheckOfAWrongPath: the address of --api may have one, too, which the requests of the table do not show.
func TestAPICheckOfAWrongPath(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	api := s.URL + "/v2"
	out, _, code, err := invoke(t, "api", "check", fileWith(t, bookshopFile), "--api", api)
	if want := "is the path of send right, which follows " + api + "? Else add one for HTTP 404"; code != 1 || !strings.Contains(out, want) {
		t.Errorf("api check ended with %d, %v, want %q in\n%s", code, err, want, out)
	}
}

// TestAPICheckOfAWrongPathThatARuleCovers: what a file takes for a refusal may be a wrong path.
func TestAPICheckOfAWrongPathThatARuleCovers(t *testing.T) {
	s := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(s.Close)
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	file := strings.Replace(bookshopFile, "{http: 400, is: invalid", "{http: [400, 404], is: invalid", 1)
	out, _, code, err := invoke(t, "api", "check", fileWith(t, file), "--api", s.URL)
	if want := "an HTTP 404 may also say that the path of send: is wrong, which follows " + s.URL; code != 1 || !strings.Contains(out, want) {
		t.Errorf("api check ended with %d, %v, want %q in\n%s", code, err, want, out)
	}
}

// TestAPICheckOfARedirect: it is not followed, so that a rule for its status is not the first thing to add.
func TestAPICheckOfARedirect(t *testing.T) {
	s := httptest.NewServer(http.RedirectHandler("http://shop.example/", http.StatusFound))
	t.Cleanup(s.Close)
	t.Setenv("SAGALAB_VAR_session", "s3ss10n-0123456789")
	out, _, code, err := invoke(t, "api", "check", fileWith(t, bookshopFile), "--api", s.URL)
	for _, want := range []string{"a redirect (HTTP 302) is not followed: change send or --api to where it leads, or add one for it", "GET /v2/orders?page=1: HTTP 302: redirects are not followed"} {
		if code != 1 || !strings.Contains(out, want) {
			t.Errorf("api check ended with %d, %v, want %q in\n%s", code, err, want, out)
		}
	}
}

// TestAPICheckShowsAnAddress: a variable that is the address of the service is no secret.
func TestAPICheckShowsAnAddress(t *testing.T) {
	api := bookshopAt(t)
	t.Setenv("SAGALAB_VAR_back", api)
	t.Setenv("SAGALAB_VAR_no", "eu")
	path := fileWith(t, strings.Replace(bookshopFile, `"copies": {{.Quantity}}`, `"copies": {{.Quantity}}, "back": "{{.Var.back}}", "region": "{{.Var.no}}"`, 1))
	out, _, code, err := invoke(t, "api", "check", path, "--api", api)
	if want := `"back": "` + api + `", "region": "eu"`; code != 0 || !strings.Contains(out, want) || strings.Contains(out, "[secret]") {
		t.Errorf("api check ended with %d, %v, want %s in\n%s", code, err, want, out)
	}
}

// TestAPICheckOfLateReads: where the file declares that reads are late, a stock that did not fall
// yet is no problem.
func TestAPICheckOfLateReads(t *testing.T) {
	file := strings.Replace(bookshopFile, "value: copies.on_shelf", "value: copies.set_aside", 1) + "reads_lag: 1ms\n"
	out, _, code, err := invoke(t, "api", "check", fileWith(t, file), "--api", bookshopAt(t))
	if code != 0 || !strings.Contains(out, "it did not fall") {
		t.Errorf("api check ended with %d, %v\n%s", code, err, out)
	}
}

func TestAPICheckThatCannotBeDone(t *testing.T) {
	path := fileWith(t, strings.Replace(bookshopFile, "{{.Var.session}}", "none", 1))
	t.Setenv("SAGALAB_API", "")
	for _, tt := range []struct{ args, want string }{
		{"api check", "which file?"}, {"api check " + path, "give --api"}, {"api check " + path + " --api http://127.0.0.1:1", "is unreachable"},
		{"api check " + path + "x --api http://127.0.0.1:1", "no such file"}, {"api check " + fileWith(t, "purchase: {}\n") + " --api http://127.0.0.1:1", "shop.yaml:1:"},
		{"api check " + path + " --api http://example.com", "--allow-host"}, {"api check " + path + " --api http://127.0.0.1:1 --quantity 0", "quantity is 0"}, {"api chek", "api has no command"},
	} {
		if _, _, code, err := invoke(t, strings.Fields(tt.args)...); code != 3 || err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("sagalab %s ended with %d, %v; want 3 and %q", tt.args, code, err, tt.want)
		}
	}
}

// contractFile describes the contract, without its single orders.
const contractFile = `
health: GET /health
purchase:
  send: POST /purchase
  header: {Idempotency-Key: "{{.Key}}"}
  json: '{"user_id":{{.User}},"product_id":{{.Product}},"quantity":{{.Quantity}},"payment_method_id":{{.Method}},"idempotency_key":{{json .Key}}}'
  order: order_id
  means:
    - {http: 2xx, when: {status: CONFIRMED}, is: confirmed}
    - {http: 409, when: {code: in_progress}, is: try again}
    - {http: 409, when: {code: out_of_stock}, is: no_stock}
    - {http: 402, is: no_money}
orders: {get: "/orders?limit={{.Limit}}", rows: orders, id: order_id, status: status, key: idempotency_key, user: user_id, next: {path: next, query: after}}
order: {get: "/orders/{{.Order}}", id: order_id, status: status, key: idempotency_key, quantity: quantity}
stock: {get: "/products/{{.Product}}", value: stock, reserved: reserved, price: price}
`

func TestAPICheckOfTheReference(t *testing.T) {
	out, _, code, err := invoke(t, "api", "check", fileWith(t, contractFile), "--api", reference(t))
	for _, want := range []string{"GET /health says that it is there", "yes  the key in orders", "yes  one order", "yes  stock and orders", "no   balance"} {
		if !strings.Contains(out, want) {
			t.Errorf("the table has no %q", want)
		}
	}
	if code != 0 {
		t.Errorf("api check of the reference service ended with %d, %v\n%s", code, err, out)
	}
}
