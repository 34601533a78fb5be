package adapters

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// stepFile describes the shop of package stepshop. The parts stand in no order of use.
const stepFile = `
name: step shop
poll:
  get: /orders/{{.Order}}
  header: {X-Auth-Token: "{{.Keep.token}}"}
  every: 5ms
  most: 20ms
  for: 10s
steps:
  - name: cart
    send: POST /carts
    header: {X-Auth-Token: "{{.Keep.token}}", Idempotency-Key: "{{.Key}}"}
    json: '{}'
    keep: {cart: id}
  - name: item
    send: POST /carts/{{.Keep.cart}}/items
    header: {X-Auth-Token: "{{.Keep.token}}", Idempotency-Key: "{{.Key}}"}
    json: '{"product": {{json .Product}}, "quantity": {{.Quantity}}}'
    means:
      - {http: 201, when: {id: "x"}, is: refused}
      - {http: 201, is: done}
      - {http: 409, when: {code: in_progress}, is: try again}
      - {http: 409, when: {code: out_of_stock}, is: no_stock, reason: {from: code}}
  - name: pay
    send: POST /carts/{{.Keep.cart}}/pay
    header: {X-Auth-Token: "{{.Keep.token}}", Idempotency-Key: "{{.Key}}"}
    json: '{"method": {{json .Method}}}'
    key: required
    order: id
    amount: amount
    means:
      - {http: 2xx, when: {status: CONFIRMED}, is: confirmed}
      - {http: 2xx, when: {status: CANCELLED}, is: no_money, reason: {from: reason}}
      - {http: 202, is: pending}
      - {http: 402, is: no_money, reason: {from: code}}
      - {http: 409, when: {code: in_progress}, is: try again}
      - {http: 503, is: turned_away}
login:
  send: POST /sessions
  json: '{"user": {{json .User}}}'
  keep: {token: {header: X-Auth-Token}}
orders:
  get: /orders
  rows: orders
  id: id
  status: status
  except: {status: draft}
  key: key
  user: user
  product: product
  quantity: quantity
  amount: amount
order: {get: "/orders/{{.Order}}", id: id, status: status, amount: amount}
stock: {get: "/products/{{.Product}}", value: {path: on_hand, minus: allocated}, reserved: allocated, price: price}
balance: {get: "/users/{{.User}}", value: balance}
`

// stepClient returns a client of a shop by a file, with at most some attempts for a step.
func stepClient(t *testing.T, o stepshop.Options, text string, attempts int) (*stepshop.Shop, *purchase.Client) {
	t.Helper()
	shop := stepshop.Start(o)
	t.Cleanup(shop.Close)
	e, err := purchase.ParseEndpoint(shop.URL())
	if err != nil {
		t.Fatal(err)
	}
	policy := retry.Default()
	policy.MaxAttempts, policy.Backoff = attempts, retry.Backoff{}
	sender, err := retry.New(retry.Config{Policy: policy})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(sender.Close)
	file := parse(t, text, nil)
	if err := purchase.CheckMethods(file); err != nil {
		t.Fatal(err)
	}
	return shop, purchase.NewClient(e, sender).WithAdapter(file)
}

func TestStepsLoginAndPoll(t *testing.T) {
	shop, c := stepClient(t, stepshop.Options{Settle: 30 * time.Millisecond, Drafts: true, TokenUses: 7}, stepFile, 3)
	want := purchase.Offers{Keys: true, Orders: true, Order: true, Product: true, User: true, Poll: true, Login: true}
	if offers := purchase.OffersOf(c.Adapter()); offers != want {
		t.Errorf("the file offers %+v, want %+v", offers, want)
	}
	var all sync.WaitGroup
	for i := range 9 {
		all.Go(func() {
			key := fmt.Sprint("k-", i)
			r := c.Purchase(t.Context(), purchase.Request{UserID: purchase.ID(1 + i%3), ProductID: 2, Quantity: 2, PaymentMethodID: 4, IdempotencyKey: key})
			if !r.Success() || r.OrderID == "" || r.Answer.Amount != 200 || r.Steps != 3 || r.AcceptedAt.IsZero() || r.Uncertainty <= 0 {
				t.Errorf("purchase %d: %s, %s, order %q, amount %d, %d steps, uncertain by %v", i, r.Outcome, r.Message(), r.OrderID, r.Answer.Amount, r.Steps, r.Uncertainty)
			}
			polls := 0
			for _, o := range r.Others {
				if o.Kind == purchase.PollRequest {
					polls++
				}
			}
			if polls == 0 {
				t.Errorf("purchase %d was confirmed without a poll", i)
			}
			for i, a := range r.Operation.Attempts {
				if want := purchase.StepKey(key, r.Answers[i].Step, r.Answers[i].Step == "pay"); a.Key != want {
					t.Errorf("step %s under the key %q, want %q", r.Answers[i].Step, a.Key, want)
				}
			}
		})
	}
	all.Wait()
	orders, err := c.Orders(t.Context(), "", 100)
	if err != nil || len(orders.Orders) != 9 {
		t.Errorf("%d orders, %v; want 9", len(orders.Orders), err)
	}
	for _, r := range shop.Requests() {
		if r.Method == http.MethodPost && (r.Path == "/sessions") != (r.Token == "") {
			t.Errorf("%s %s with the token %q", r.Method, r.Path, r.Token)
		}
	}
	if carts, pending := shop.LeftBehind(); carts != 0 || pending != 0 {
		t.Errorf("%d carts and %d pending orders are left behind", carts, pending)
	}
}

func TestStepsThatEndEarly(t *testing.T) {
	one := purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1, IdempotencyKey: "k"}
	for name, tt := range map[string]struct {
		options  stepshop.Options
		old, new string
		change   func(*purchase.Request)
		outcome  purchase.Outcome
		meaning  purchase.Meaning
		reason   string
		steps    int
		message  string
	}{
		"no stock":   {change: func(r *purchase.Request) { r.Quantity = 5000 }, outcome: purchase.Failed, meaning: purchase.MeansNoStock, reason: "out_of_stock", steps: 2},
		"no money":   {options: stepshop.Options{Balance: 10}, outcome: purchase.Failed, meaning: purchase.MeansNoMoney, reason: "insufficient_balance", steps: 3},
		"late":       {options: stepshop.Options{Balance: 10, Settle: time.Millisecond}, outcome: purchase.Failed, meaning: purchase.MeansNoMoney, reason: "insufficient_balance", steps: 3},
		"never":      {options: stepshop.Options{Settle: time.Millisecond, Defect: stepshop.NeverSettles}, old: "for: 10s", new: "for: 50ms", outcome: purchase.Unknown, meaning: purchase.MeansPending, reason: "pending", steps: 3, message: "not ended after 50ms"},
		"no login":   {change: func(r *purchase.Request) { r.UserID = 99 }, outcome: purchase.Failed, reason: "not_sent", message: "login of user 99: step shop: login: HTTP 404: {\"code\":\"unknown_user\"}"},
		"no token":   {old: "{header: X-Auth-Token}", new: "token", outcome: purchase.Failed, reason: "not_sent", message: `step shop: login: keep token: there is none at "token" in the answer: HTTP 201: an object with user`},
		"no cart":    {old: "{cart: id}", new: "{cart: nr}", outcome: purchase.Failed, meaning: purchase.MeansStepDone, reason: "cut_off", steps: 1, message: `step shop: step cart: keep cart: there is none at "nr" in the answer: HTTP 201: {"id":"cart-`},
		"a list":     {old: "{cart: id}", new: "{cart: \"@this\"}", outcome: purchase.Failed, meaning: purchase.MeansStepDone, reason: "cut_off", steps: 1, message: `keep cart: the value at "@this" is an object or a list: HTTP 201: {`},
		"no header":  {old: "{cart: id}", new: "{cart: {header: Location, after: /carts/}}", outcome: purchase.Failed, meaning: purchase.MeansStepDone, reason: "cut_off", steps: 1, message: `keep cart: there is none in the header Location after "/carts/" in the answer: HTTP 201: {`},
		"no rule":    {old: "{http: 201, is: done}", new: "{http: 299, is: done}", outcome: purchase.Unknown, reason: "http_201", steps: 2},
		"no order":   {options: stepshop.Options{Settle: time.Millisecond}, old: "order: id", new: "order: nr", outcome: purchase.Unknown, meaning: purchase.MeansPending, reason: "pending", steps: 3, message: "step shop: poll: path: {{.Order}} is empty"},
		"expired":    {options: stepshop.Options{TokenUses: 1}, outcome: purchase.OK, meaning: purchase.MeansConfirmed, steps: 3},
		"cart fails": {options: stepshop.Options{Fail: failing("/carts", http.StatusNotFound)}, outcome: purchase.Unknown, reason: "http_404", steps: 1},
	} {
		text := stepFile
		if tt.old != "" {
			text = strings.Replace(stepFile, tt.old, tt.new, 1)
		}
		r := one
		if tt.change != nil {
			tt.change(&r)
		}
		_, c := stepClient(t, tt.options, text, 2)
		got := c.Purchase(t.Context(), r)
		if got.Outcome != tt.outcome || got.Answer.Meaning != tt.meaning || got.Reason != tt.reason || got.Steps != tt.steps || !strings.Contains(got.Message(), tt.message) {
			t.Errorf("%s: %s, %s (%s), %d steps: %s\nwant %+v", name, got.Outcome, got.Answer.Meaning, got.Reason, got.Steps, got.Message(), tt)
		}
	}
}

// failing fails the requests of one path with a status.
func failing(path string, status int) func(*http.Request) stepshop.Failure {
	return func(r *http.Request) stepshop.Failure {
		if r.URL.Path == path {
			return stepshop.Failure{Status: status}
		}
		return stepshop.Failure{}
	}
}
