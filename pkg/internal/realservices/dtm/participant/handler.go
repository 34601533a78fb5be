package participant

import (
	"encoding/json"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// Handler returns the HTTP API of p, and at /api/dtmsvr/ that of dtm, as behind the gateway of a shop: buyers have one address.
func Handler(p *Participant, dtm *url.URL) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/api/dtmsvr/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(dtm) }})
	for path, step := range steps {
		mux.HandleFunc("POST "+path, p.branch(step))
	}
	mux.HandleFunc("PUT /fixture", p.fixture)
	mux.HandleFunc("GET /orders", p.read(func(*http.Request) (any, bool) { return p.sequence, p.sequence != nil }))
	mux.HandleFunc("GET /orders/{id}", p.read(func(r *http.Request) (any, bool) {
		order, known := p.orders[r.PathValue("id")]
		return order, known
	}))
	mux.HandleFunc("GET /stock/{product}", p.read(func(r *http.Request) (any, bool) {
		product, known := p.products[r.PathValue("product")]
		return product, known
	}))
	mux.HandleFunc("GET /balances/{user}", p.read(func(r *http.Request) (any, bool) {
		balance, known := p.users[r.PathValue("user")]
		return map[string]int64{"balance": balance}, known
	}))
	mux.HandleFunc("GET /ledger", p.read(func(*http.Request) (any, bool) { return p.ledger, p.ledger != nil }))
	return mux
}

// branch answers a call of dtm's: 200 for done, 409 for refused. dtm calls again after any other status.
func (p *Participant) branch(step step) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		o := operation{query.Get("gid"), query.Get("branch_id"), query.Get("op")}
		var payload Payload
		if err := json.NewDecoder(r.Body).Decode(&payload); err != nil || o.gid == "" || o.branch == "" || (o.op != "action" && o.op != "compensate") {
			answer(w, http.StatusBadRequest, map[string]string{"message": "not a call of a saga's branch"})
			return
		}
		if err := p.do(o, payload, step); err != nil {
			answer(w, http.StatusConflict, map[string]string{"dtm_result": "FAILURE", "message": err.Error()})
			return
		}
		answer(w, http.StatusOK, map[string]string{"dtm_result": "SUCCESS"})
	}
}

func (p *Participant) fixture(w http.ResponseWriter, r *http.Request) {
	var f Fixture
	if err := json.NewDecoder(r.Body).Decode(&f); err != nil || f.Users == nil || f.Products == nil {
		answer(w, http.StatusBadRequest, map[string]string{"message": "not a fixture"})
		return
	}
	p.Set(f)
	w.WriteHeader(http.StatusNoContent)
}

// read answers with a part of the state, encoded while nothing changes it.
func (p *Participant) read(part func(*http.Request) (any, bool)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		value, known := part(r)
		if !known {
			answer(w, http.StatusNotFound, map[string]string{"message": "not found"})
			return
		}
		answer(w, http.StatusOK, value)
	}
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the caller may be gone
}
