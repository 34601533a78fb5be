package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/runs"
)

// stepFile describes the shop of package stepshop.
const stepFile = `
name: the step shop
health: GET /health
login: {send: POST /sessions, json: '{"user": {{json .User}}}', keep: {token: {header: X-Auth-Token}}}
steps:
  - name: cart
    send: POST /carts
    header: {X-Auth-Token: "{{.Keep.token}}", Idempotency-Key: "{{.Key}}"}
    json: '{}'
    keep: {cart: id}
    means: [{http: 201, is: done}, {http: 409, when: {code: in_progress}, is: try again}]
  - name: item
    send: POST /carts/{{.Keep.cart}}/items
    header: {X-Auth-Token: "{{.Keep.token}}", Idempotency-Key: "{{.Key}}"}
    json: '{"product": {{json .Product}}, "quantity": {{.Quantity}}}'
    means:
      - {http: 201, is: done}
      - {http: 409, when: {code: out_of_stock}, is: no_stock, reason: {from: code}}
      - {http: 409, when: {code: in_progress}, is: try again}
      - {http: 409, when: {code: cart_paid}, is: try again}
  - name: pay
    send: POST /carts/{{.Keep.cart}}/pay
    header: {X-Auth-Token: "{{.Keep.token}}", Idempotency-Key: "{{.Key}}"}
    json: '{"method": {{json .Method}}}'
    order: id
    amount: amount
    means:
      - {http: 2xx, when: {status: CONFIRMED}, is: confirmed}
      - {http: 202, is: pending}
      - {http: 402, is: no_money}
      - {http: 409, is: try again}
poll: {get: "/orders/{{.Order}}", header: {X-Auth-Token: "{{.Keep.token}}"}, every: 5ms, for: 20s}
orders: {get: /orders, rows: orders, id: id, status: status, except: {status: draft}, key: key, user: user, product: product, quantity: quantity, amount: amount}
order: {get: "/orders/{{.Order}}", id: id, status: status, amount: amount}
stock: {get: "/products/{{.Product}}", value: {path: on_hand, minus: allocated}, price: price}
balance: {get: "/users/{{.User}}", value: balance}
`

// stepShopAt starts a shop and returns its address.
func stepShopAt(t *testing.T, o stepshop.Options) string {
	t.Helper()
	shop := stepshop.Start(o)
	t.Cleanup(shop.Close)
	return shop.URL()
}

// tokenOfShop is a token of the shop.
var tokenOfShop = regexp.MustCompile(`tok_[0-9A-Z]+`)

func TestAPICheckOfSteps(t *testing.T) {
	api := stepShopAt(t, stepshop.Options{Settle: 30 * time.Millisecond, Drafts: true})
	out, log, code, err := invoke(t, "api", "check", fileWith(t, stepFile), "--api", api)
	for _, want := range []string{
		"  login       user 1\n  sent        POST /sessions\n  body        {\"user\": \"1\"}\n  came        HTTP 201\n  kept        token [secret]\n",
		"  step        cart\n  sent        POST /carts\n  headers     X-Auth-Token, Idempotency-Key\n  body        {}\n  came        HTTP 201: {\"id\":\"cart-0-1\"",
		"  understood  step_done\n  kept        cart cart-0-1\n",
		"  step        item\n  sent        POST /carts/cart-0-1/items\n", `{"product": "1", "quantity": 1}`,
		"  step        pay\n  sent        POST /carts/cart-0-1/pay\n", "came        HTTP 202: {\"id\":\"order-0-2\"",
		"understood  pending, order order-0-2, amount 100\n",
		"  poll        pay: accepted (HTTP 202), confirmed after ", "  sent        GET /orders/order-0-2\n", "understood  confirmed, order order-0-2, amount 100\n",
		"understood  no_stock (out_of_stock)", "the same order", "of the purchase: order-0-2 CONFIRMED, user 1, product 1, quantity 1, amount 100, key ", "999 can be bought", "999900; fell by 100",
		"yes  the key in orders", "yes  balance and price", "All was understood.",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("the table has no %q", want)
		}
	}
	if code != 0 || err != nil || tokenOfShop.MatchString(out+log) {
		t.Errorf("api check ended with %d, %v\n%s%s", code, err, out, log)
	}
}

func TestAPICheckOfStepsAsJSON(t *testing.T) {
	out, _, code, err := invoke(t, "api", "check", fileWith(t, stepFile), "--api", stepShopAt(t, stepshop.Options{}), "--json", "--refused-quantity", "0")
	var report apiReport
	if bad := json.Unmarshal([]byte(out), &report); bad != nil || code != 0 || tokenOfShop.MatchString(out) {
		t.Fatalf("api check --json ended with %d, %v, %v\n%s", code, err, bad, out)
	}
	one := report.Steps[0]
	if len(one.Parts) != 4 || one.Parts[0].Part != "login" || one.Parts[1].Kept["cart"] != "cart-0-1" || one.Parts[3].Name != "pay" || one.Meaning != "confirmed" || one.Sent.Path != "/carts/cart-0-1/pay" || one.OrderID == "" {
		t.Errorf("the one purchase is %+v", one)
	}
	if again := report.Steps[2]; len(again.Parts) != 3 || again.OrderID != one.OrderID {
		t.Errorf("the repeat is %+v, want the order %s, without a login", again, one.OrderID)
	}
}

// TestAPICheckFindsWhatIsWrongInSteps changes one line of the file each time.
func TestAPICheckFindsWhatIsWrongInSteps(t *testing.T) {
	settles := stepshop.Options{Settle: 10 * time.Millisecond}
	for _, tt := range []struct {
		options        stepshop.Options
		old, new, want string
	}{
		{settles, "keep: {cart: id}", "keep: {cart: nr}", `PROBLEM: the step shop: step cart: keep cart: there is none at "nr" in the answer: HTTP 201: {"id":`},
		{settles, "keep: {token: {header: X-Auth-Token}}", "keep: {token: {header: X-Token}}", "PROBLEM: purchase not sent: login of user 1: the step shop: login: keep token: there is none in the header X-Token in the answer: HTTP 201: an object with user"},
		{settles, "send: POST /sessions", "send: POST /session", "PROBLEM: purchase not sent: login of user 1: the step shop: login: HTTP 404"},
		{settles, "{http: 201, is: done}, {http: 409", "{http: 200, is: done}, {http: 409", "PROBLEM: step cart: no rule of means covers this answer, or one says unknown: add one for HTTP 201"},
		{settles, "    order: id\n", "    order: nr\n", "PROBLEM: the step shop: poll: path: {{.Order}} is empty"},
		{settles, "    order: id\n", "    order: nr\n", "{{.Order}} is empty: order: of step pay names none in the answer that is pending"},
		{settles, `poll: {get: "/orders/{{.Order}}"`, `poll: {get: "/nothing/{{.Order}}"`, "is the path of poll: get: right?"},
		{settles, "{http: 202, is: pending}", "{http: 200, is: pending}", "PROBLEM: step pay: no rule of means covers this answer, or one says unknown: add one for HTTP 202"},
		{stepshop.Options{Defect: stepshop.NeverSettles, Settle: time.Millisecond}, "for: 20s", "for: 50ms", "PROBLEM: not ended after 50ms and "},
		{stepshop.Options{Defect: stepshop.DoubleOrder}, "name: the step shop", "name: the shop", "PROBLEM: the same key made another order than order-0-2"},
		{settles, "poll: {", "health: {", "hint        step pay: an answer that is pending is taken for unknown"},
		{settles, `poll: {get: "/orders/{{.Order}}", header: {X-Auth-Token: "{{.Keep.token}}"}, `, `poll: {get: "/orders/{{.Order}}/state", `, "PROBLEM: not ended after 1s"},
	} {
		changed := strings.Replace(stepFile, tt.old, tt.new, 1)
		if changed == stepFile {
			t.Fatalf("%q is not in the file", tt.old)
		}
		if strings.HasPrefix(tt.new, "health") {
			changed = stepFile[:strings.Index(stepFile, "poll:")]
		}
		changed = strings.Replace(changed, "for: 20s", "for: 1s", 1)
		out, _, code, err := invoke(t, "api", "check", fileWith(t, changed), "--api", stepShopAt(t, tt.options))
		if code != 1 || !strings.Contains(out, tt.want) || strings.Contains(out, "All was understood") || tokenOfShop.MatchString(out) {
			t.Errorf("%s → %s: ended with %d, %v, want %q in\n%s", tt.old, tt.new, code, err, tt.want, out)
		}
	}
}

// TestLoadOfSteps: a load by the file makes every purchase whole although each step loses
// replies, and its run has the steps, the polls and the logins, and no token.
func TestLoadOfSteps(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	var sent [3]atomic.Int64
	var seen sync.Map // a request that comes again is answered
	shop := stepshop.Start(stepshop.Options{Settle: 20 * time.Millisecond, Users: 20, TokenUses: 9, Fail: func(r *http.Request) stepshop.Failure {
		for i, path := range []string{"/carts", "/items", "/pay"} {
			if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, path) {
				_, again := seen.LoadOrStore(r.URL.Path+r.Header.Get("Idempotency-Key"), true)
				return stepshop.Failure{Lost: !again && sent[i].Add(1)%5 == 1}
			}
		}
		return stepshop.Failure{}
	}})
	t.Cleanup(shop.Close)
	file := strings.NewReplacer("{http: 409, when: {code: cart_paid}, is: try again}", "{http: 409, when: {code: cart_paid}, is: declined}").Replace(stepFile)
	out, log, code, err := invoke(t, "load", "--api", shop.URL(), "--adapter", fileWith(t, file), "--users", "1..20", "--stage", "s:40x8", "--seed", "3", "--backoff", "1ms")
	if code != 0 || !strings.Contains(out, "40 success      0 failure") {
		t.Fatalf("load ended with %d, %v\n%s%s", code, err, out, log)
	}
	if carts, pending := shop.LeftBehind(); carts != 0 || pending != 0 {
		t.Errorf("%d carts and %d orders are left behind", carts, pending)
	}
	run, err := runs.Store{Dir: os.Getenv("SAGALAB_RUNS")}.Find("last")
	if err != nil {
		t.Fatal(err)
	}
	stages, err := run.Stages()
	if err != nil || len(stages) != 1 || strings.Join(stages[0].Steps, " ") != "cart item pay" {
		t.Fatalf("the run has %d stages, %v", len(stages), err)
	}
	count := map[string]int{}
	for _, a := range stages[0].Attempts {
		count[a.Kind]++
		if a.Kind == runs.Retry {
			count["retry of "+a.Step]++
		}
	}
	for _, o := range stages[0].Operations {
		if o.Steps != 3 || o.Polls == 0 || o.AcceptedMS <= 0 || o.AcceptedMS >= o.LatencyMS || o.OrderID == "" || tokenOfShop.MatchString(o.Message) {
			t.Errorf("the operation %+v", o)
		}
	}
	if count[runs.Original] != 120 || count["retry of cart"] == 0 || count["retry of item"] == 0 || count["retry of pay"] == 0 || count[runs.Poll] < 40 || count[runs.Login] < 20 {
		t.Errorf("the rows are %v", count)
	}
}

// TestAPICheckOfAPoll: a purchase of one request that ends later has no steps to be named.
func TestAPICheckOfAPoll(t *testing.T) {
	asked := new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, `{"id":"o-1","state":"new"}`)
		case strings.HasPrefix(r.URL.Path, "/orders/") && asked.Add(1)%2 == 0:
			io.WriteString(w, `{"state":"paid","sum":7}`)
		default:
			io.WriteString(w, `{"state":"new"}`)
		}
	}))
	t.Cleanup(s.Close)
	file := "purchase: {send: POST /buy, header: {Idempotency-Key: \"{{.Key}}\"}, order: id, means: [{http: 202, is: pending}]}\n" +
		"poll: {get: \"/orders/{{.Order}}?key={{.Key}}\", amount: sum, every: 1ms, means: [{when: {state: paid}, is: confirmed}, {when: {state: new}, is: pending}]}\n"
	out, _, code, err := invoke(t, "api", "check", fileWith(t, file), "--api", s.URL, "--refused-quantity", "0")
	want := "one purchase\n  sent        POST /buy\n  headers     Idempotency-Key\n  came        HTTP 202: {\"id\":\"o-1\",\"state\":\"new\"}\n  understood  pending, order o-1\n\n  poll        accepted (HTTP 202), confirmed after 2 polls, "
	if code != 0 || !strings.Contains(out, want) || !strings.Contains(out, "  came        HTTP 200: {\"state\":\"paid\",\"sum\":7}\n  understood  confirmed, amount 7\n") || strings.Contains(out, "step") {
		t.Errorf("api check ended with %d, %v, want %s in\n%s", code, err, want, out)
	}
}

// TestAPICheckHidesWhatAStepKeeps: the token that a step answers is in no part of the report.
func TestAPICheckHidesWhatAStepKeeps(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/carts":
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, `{"id":"c-1","token":"tok_HIDDEN0123456789"}`)
		case r.URL.Query().Get("token") == "tok_HIDDEN0123456789":
			io.WriteString(w, `{"id":"o-1","used":"tok_HIDDEN0123456789"}`)
		default:
			w.WriteHeader(http.StatusForbidden)
		}
	}))
	t.Cleanup(s.Close)
	file := "steps:\n  - {name: cart, send: POST /carts, keep: {token: token, cart: id}}\n" +
		"  - {name: pay, send: \"POST /pay/{{.Keep.cart}}?token={{.Keep.token}}\", order: id, means: [{http: 200, is: confirmed}]}\n"
	for _, flag := range []string{"--json=false", "--json"} {
		out, log, code, err := invoke(t, "api", "check", fileWith(t, file), "--api", s.URL, "--refused-quantity", "0", flag)
		if code != 0 || tokenOfShop.MatchString(out+log) || !strings.Contains(out, "[secret]") || !strings.Contains(out, "/pay/c-1?token=SECRET") {
			t.Errorf("%s: ended with %d, %v\n%s%s", flag, code, err, out, log)
		}
	}
}
