package market

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

// routes returns the handler of all calls.
func (m *Market) routes() http.Handler {
	mux := http.NewServeMux()
	add := func(without bool, pattern string, h http.HandlerFunc) {
		if without {
			return
		}
		mux.HandleFunc(pattern, h)
		_, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			m.problem(w, http.StatusMethodNotAllowed, "method_not_allowed", "")
		})
	}
	w := m.opt.Without
	add(false, "POST /purchase", m.servePurchase)
	add(w.Health, "GET /health", m.serveHealth)
	add(w.Version, "GET /version", m.serveVersion)
	add(w.Orders, "GET /orders", m.serveOrders)
	add(w.Order, "GET /orders/{id}", m.serveOrder)
	add(w.Products, "GET /products/{id}", m.serveProduct)
	add(w.Users, "GET /users/{id}", m.serveUser)
	add(w.Ledger, "GET /ledger", m.serveLedger)
	add(w.Scenario, "PUT /lab/scenario", m.serveScenario)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { m.problem(w, http.StatusNotFound, "not_found", "") })
	return mux
}

// The injected failures of a purchase call.
const (
	healthy = iota - 1
	failBefore
	failAfter
	failMeanwhile
	closeBefore
	closeAfter
	failures
)

// servePurchase is POST /purchase.
func (m *Market) servePurchase(w http.ResponseWriter, r *http.Request) {
	if !m.admit() {
		m.problem(w, http.StatusServiceUnavailable, "overloaded", "")
		return
	}
	defer m.leave()
	m.under(+1)
	defer m.under(-1)
	token := r.Header.Get("Lab-Run")
	m.enter(token)
	req, err := parseRequest(r)
	if err != nil {
		m.exit(token)
		m.refuse(w, err)
		return
	}
	m.write(w, m.failing(r.Context(), token, req))
}

// failing answers a purchase call, or fails as it was drawn.
func (m *Market) failing(ctx context.Context, token string, req request) answer {
	failure := healthy
	if m.chance(m.opt.ErrorRate) {
		failure = int(m.draw(failures))
	}
	if failure == failMeanwhile {
		m.under(+1)
		go func() {
			defer m.under(-1)
			defer m.exit(token)
			m.purchase(context.Background(), req)
		}()
		return internal
	}
	defer m.exit(token)
	switch failure {
	case failBefore:
		return internal
	case closeBefore:
		return answer{abort: true}
	}
	a := m.purchase(ctx, req)
	switch failure {
	case failAfter:
		return internal
	case closeAfter:
		return answer{abort: true}
	}
	return a
}

// admit counts a call in, or reports that there are too many.
func (m *Market) admit() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opt.MaxInFlight > 0 && m.admitted >= m.opt.MaxInFlight {
		return false
	}
	m.admitted++
	return true
}

func (m *Market) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.admitted--
}

// write sends the answer to a purchase.
func (m *Market) write(w http.ResponseWriter, a answer) {
	switch {
	case a.abort:
		panic(http.ErrAbortHandler)
	case a.code != "":
		if a.code == "out_of_stock" && m.opt.Without.RefusalIDs {
			a.order.ID = ""
		}
		m.problem(w, a.status, a.code, a.order.ID)
		return
	case a.status == http.StatusCreated:
		w.Header().Set("Location", "/orders/"+a.order.ID)
	case a.status == http.StatusOK:
		w.Header().Set("Idempotent-Replayed", "true")
	}
	m.send(w, a.status, m.visible(a.order))
}

// refuse sends the problem of an error.
func (m *Market) refuse(w http.ResponseWriter, err error) {
	r := errMalformed
	errors.As(err, &r)
	m.problem(w, r.status, r.code, "")
}

// problem sends an answer that is not a success.
func (m *Market) problem(w http.ResponseWriter, status int, code, order string) {
	p := map[string]any{"type": "about:blank", "title": http.StatusText(status), "status": status,
		"detail": strings.ReplaceAll(code, "_", " "), "code": code}
	if order != "" {
		p["order_id"] = order
	}
	switch code {
	case "in_progress", "overloaded", "busy":
		w.Header().Set("Retry-After", strconv.Itoa(m.opt.RetryAfter))
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(m.extended(p))
}

// send sends a success.
func (m *Market) send(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(m.extended(v))
}

// extended returns an object, with ExtraMembers one that has a member more.
func (m *Market) extended(v any) any {
	if !m.opt.ExtraMembers {
		return v
	}
	object := map[string]json.RawMessage{"trace": json.RawMessage(`{"span":[1,2,null]}`)}
	if text, err := json.Marshal(v); err == nil {
		json.Unmarshal(text, &object)
	}
	return object
}
