package runner_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/frame"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// named is a purchase service whose users and products have ids that are texts, or numbers:
// any is what JSON has. Everything costs 10. It keeps the balance of cheat too low.
type named struct {
	mu             sync.Mutex
	stock, balance map[any]int
	orders, ledger []map[string]any
	cheat          any
}

func (s *named) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	what, id, _ := strings.Cut(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/")
	switch text, _ := url.PathUnescape(id); what {
	case "purchase":
		s.buy(w, r)
	case "orders":
		reply(w, 200, map[string]any{"orders": s.orders, "next": ""})
	case "ledger":
		reply(w, 200, map[string]any{"entries": s.ledger, "next": ""})
	case "products":
		read(w, s.stock, text, func(id any, n int) any {
			return map[string]any{"product_id": id, "price": 10, "stock": n, "reserved": 0}
		})
	case "users":
		read(w, s.balance, text, func(id any, n int) any { return map[string]any{"user_id": id, "balance": n} })
	default:
		http.NotFound(w, r)
	}
}

// read answers with the value of an id whose text is that of a path.
func read(w http.ResponseWriter, of map[any]int, text string, show func(id any, n int) any) {
	for id, n := range of {
		if fmt.Sprint(id) == text {
			reply(w, 200, show(id, n))
			return
		}
	}
	reply(w, 404, map[string]any{"code": "unknown_user"})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}

func (s *named) buy(w http.ResponseWriter, r *http.Request) {
	var p map[string]any
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil {
		reply(w, 400, map[string]any{"code": "invalid_request"})
		return
	}
	for _, o := range s.orders {
		if o["idempotency_key"] == p["idempotency_key"] {
			w.Header().Set("Idempotent-Replayed", "true")
			reply(w, 200, o)
			return
		}
	}
	user, product, n := p["user_id"], p["product_id"], int(p["quantity"].(float64))
	if _, known := s.balance[user]; !known || p["payment_method_id"] != user {
		reply(w, 404, map[string]any{"code": "unknown_user", "detail": fmt.Sprint(p)})
		return
	}
	if s.stock[product] < n {
		reply(w, 409, map[string]any{"code": "out_of_stock"})
		return
	}
	now := time.Now().UTC().Format(time.RFC3339Nano)
	order := map[string]any{"order_id": fmt.Sprint("o", len(s.orders)), "idempotency_key": p["idempotency_key"], "user_id": user, "product_id": product,
		"quantity": n, "payment_method_id": user, "amount": 10 * n, "status": "CONFIRMED", "created_at": now, "updated_at": now}
	s.orders = append(s.orders, order)
	s.ledger = append(s.ledger, map[string]any{"entry_id": fmt.Sprint("e", len(s.ledger)), "order_id": order["order_id"], "user_id": user, "kind": "charge", "amount": 10 * n, "at": now})
	s.stock[product] -= n
	if s.balance[user] -= 10 * n; user == s.cheat {
		s.balance[user]--
	}
	reply(w, 201, order)
}

// loaded sends 90 purchases to the service and returns the run, what it bought and the
// evidence of its audit.
func loaded(t *testing.T, s *named) (runs.Run, buyers.Mix, audit.Evidence) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	e, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	run, err := runs.Store{Dir: t.TempDir()}.Create("test", e.String())
	if err != nil {
		t.Fatal(err)
	}
	mix, err := buyers.ParseMix("users=alice:3,o%20b:1,7:1 products=sku_1,2 quantity=1..2 repeat=10%")
	if err != nil {
		t.Fatal(err)
	}
	config := retry.Config{Policy: retry.Policy{MaxAttempts: 2, Backoff: retry.Fixed(time.Millisecond), AttemptTimeout: time.Minute}}
	c, err := retry.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	client := purchase.NewClient(e, c)
	if err := observe.ReadBaseline(t.Context(), client, run, observe.SubjectsOfBuyers(mix, 5, 90, 0)); err != nil {
		t.Fatal(err)
	}
	l := runner.Load{Stage: load.Stage{Name: "texts", Requests: 90, VUs: 3}, Buyers: mix}
	if _, err := l.Run(t.Context(), run, runner.Target{Endpoint: e, Seed: 5, Config: config}, nil); err != nil {
		t.Fatal(err)
	}
	evidence, err := observe.CollectEvidence(t.Context(), client, run, 100*time.Millisecond, true)
	if err != nil {
		t.Fatal(err)
	}
	return run, mix, evidence
}

func service() *named {
	return &named{stock: map[any]int{"sku_1": 40, 2.: 1000}, balance: map[any]int{"alice": 1e6, "o b": 1e6, 7.: 1e6}}
}

// TestTextIDs: what is bought by and of ids that are texts is sent as such, recorded, read
// from the tables, in frames and judged.
func TestTextIDs(t *testing.T) {
	s := service()
	run, mix, evidence := loaded(t, s)
	stages, err := run.OpenStages()
	if err != nil {
		t.Fatal(err)
	}
	sent := map[[2]string]int{}
	for i := range 90 {
		r := mix.Buy(5, i).Request
		sent[[2]string{r.UserID.String(), r.ProductID.String()}]++
	}
	if len(sent) != 6 {
		t.Fatalf("the mix buys %v", sent)
	}
	for _, names := range [][]string{{"user", "product"}, {"product", "user", "user_id"}} {
		df, err := frame.StageOperations(stages, names...)
		if err != nil {
			t.Fatal(err)
		}
		found := map[[2]string]int{}
		users, products := df.Col("user").Records(), df.Col("product").Records()
		for i := range users {
			found[[2]string{users[i], products[i]}]++
		}
		if fmt.Sprint(found) != fmt.Sprint(sent) {
			t.Errorf("the frame has %v, want %v", found, sent)
		}
		if slices.Contains(names, "user_id") && !slices.Contains(df.Col("user_id").Records(), "7") {
			t.Errorf("user_id is %v", df.Col("user_id").Records())
		}
	}
	for _, p := range history.New(evidence, history.Options{}).Purchases {
		sent[[2]string{p.User.String(), p.Product.String()}] += 1000
	}
	if len(sent) != 6 {
		t.Errorf("the history has purchases of %v", sent)
	}
	report := audit.Judge(evidence, audit.Options{})
	for _, v := range report.Verdicts {
		if want := slices.Contains([]string{"S1", "S2", "C1", "C2", "C3", "C4", "K1"}, v.Rule); v.Answer == audit.Violated || want && v.Answer != audit.Holds {
			t.Errorf("%s: %s %s", v.Rule, v.Answer, v.Reason)
		}
	}
}

// TestCounterexampleNamesText: an audit names the user that is a text.
func TestCounterexampleNamesText(t *testing.T) {
	s := service()
	s.cheat = "o b"
	_, _, evidence := loaded(t, s)
	report := audit.Judge(evidence, audit.Options{})
	if text := report.String(); !strings.Contains(text, "the balance of user o b is ") || report.Verdict("C2").Answer != audit.Violated {
		t.Errorf("no counterexample of user o b:\n%s", text)
	}
}
