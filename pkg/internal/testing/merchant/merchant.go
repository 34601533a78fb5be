package merchant

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/internal/acp"
)

// Options are how a Merchant works. The zero value is a right one without agents, which holds
// requests that are sent at once.
type Options struct {
	Defect Defect
	// Tokens are those of the agents; without any no token is needed.
	Tokens []string
	// SigningKey is what requests have to be signed with; "" for unsigned ones.
	SigningKey string
	// Waits has a request wait for the original in flight instead of being answered with 409,
	// and Fast has no request held.
	Waits, Fast bool
	// FailingItem is an item whose first create is answered with 503.
	FailingItem string
	// Stock is how many of an item there are; of others there are enough. DeclinedToken is a
	// payment token that is declined.
	Stock         map[string]int64
	DeclinedToken string
	// Ships has a checkout wait for the choice of a fulfillment option, slow or fast.
	Ships bool
	// Slow has complete answered with complete_in_progress, and the order there that many
	// reads later.
	Slow int
}

// Merchant is an http.Handler. Make one with New. It is safe for concurrent use.
type Merchant struct {
	options Options
	mux     *http.ServeMux

	mu       sync.Mutex
	keys     map[string]*kept
	meetings map[string]*meeting
	sessions map[string]*session
	orders   []Order
	stock    map[string]int64
	failures int // of FailingItem
}

// Order is one that was made.
type Order struct {
	ID, Checkout, Item string
	Quantity           int64
}

// New makes a merchant.
func New(o Options) *Merchant {
	m := &Merchant{options: o, mux: http.NewServeMux(), keys: map[string]*kept{}, meetings: map[string]*meeting{}, sessions: map[string]*session{}, stock: map[string]int64{}}
	for item, n := range o.Stock {
		m.stock[item] = n
	}
	m.mux.HandleFunc("POST /checkout_sessions", m.post(m.create))
	m.mux.HandleFunc("POST /checkout_sessions/{id}", m.post(m.update))
	m.mux.HandleFunc("POST /checkout_sessions/{id}/complete", m.post(m.complete))
	m.mux.HandleFunc("POST /checkout_sessions/{id}/cancel", m.post(m.cancel))
	m.mux.HandleFunc("GET /checkout_sessions/{id}", m.get)
	return m
}

// Orders returns the orders that were made, and Checkouts how many checkouts were created.
func (m *Merchant) Orders() []Order {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.orders)
}

// Checkouts returns how many checkouts were created.
func (m *Merchant) Checkouts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.sessions)
}

// ServeHTTP implements http.Handler.
func (m *Merchant) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.mux.ServeHTTP(w, r) }

// has reports whether the merchant has a defect.
func (m *Merchant) has(d Defect) bool { return m.options.Defect == d }

// answer is what is answered to a request.
type answer struct {
	status int
	body   []byte
	header map[string]string
}

// failure returns an error of the protocol.
func failure(status int, code, text string) answer {
	kind := "invalid_request"
	if status >= 500 {
		kind = "service_unavailable"
	}
	body, _ := json.Marshal(map[string]string{"type": kind, "code": code, "message": text})
	return answer{status: status, body: body}
}

// send writes an answer.
func (a answer) send(w http.ResponseWriter) {
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	w.Write(a.body)
}

// with returns the answer with one more header.
func (a answer) with(name, value string) answer {
	header := map[string]string{name: value}
	for n, v := range a.header {
		header[n] = v
	}
	a.header = header
	return a
}

// refusal says why a request is refused before it is looked at, false when it is not.
func (m *Merchant) refusal(r *http.Request, body []byte) (answer, bool) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case len(m.options.Tokens) > 0 && !slices.Contains(m.options.Tokens, token):
		return failure(http.StatusUnauthorized, "unauthorized", "the token is unknown"), true
	case r.Header.Get("API-Version") == "":
		return failure(http.StatusBadRequest, "missing_api_version", "API-Version is missing"), true
	case m.options.SigningKey != "" && !m.signed(r, body):
		return failure(http.StatusUnauthorized, "invalid_signature", "the signature is wrong"), true
	}
	return answer{}, false
}

// signed reports whether a request is signed, within the last five minutes.
func (m *Merchant) signed(r *http.Request, body []byte) bool {
	stamp := r.Header.Get("Timestamp")
	at, err := time.Parse(time.RFC3339, stamp)
	return err == nil && time.Since(at).Abs() < 5*time.Minute && r.Header.Get("Signature") == acp.Sign(m.options.SigningKey, stamp, body)
}

// get answers a read.
func (m *Merchant) get(w http.ResponseWriter, r *http.Request) {
	if a, refused := m.refusal(r, nil); refused {
		a.send(w)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[r.PathValue("id")]
	if s == nil {
		failure(http.StatusNotFound, "not_found", "there is no such checkout").send(w)
		return
	}
	m.progress(s)
	s.answer(http.StatusOK).send(w)
}

// posted is a POST under a key.
type posted struct {
	*http.Request
	key  string
	body []byte
}

// post wraps what does a POST in what keys need.
func (m *Merchant) post(do func(posted) answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		p := posted{r, r.Header.Get("Idempotency-Key"), body}
		a, refused := m.refusal(r, body)
		if !refused {
			a = m.keyed(p, do)
		}
		a.with("Request-Id", r.Header.Get("Request-Id")).send(w)
	}
}

// withoutKey answers a POST without a key.
func (m *Merchant) withoutKey(p posted, do func(posted) answer) answer {
	later := !strings.HasSuffix(p.URL.Path, "/complete") && p.PathValue("id") != ""
	switch {
	case m.has(KeyOptional), m.has(KeyOptionalLater) && later:
		return do(p)
	case m.has(KeyStatus):
		return failure(http.StatusUnprocessableEntity, "idempotency_key_required", "a key is required")
	case m.has(DoesWithoutKey):
		do(p)
	}
	return failure(http.StatusBadRequest, "idempotency_key_required", "Idempotency-Key header is required on all POST requests")
}

// id returns the id of something new.
func id(kind string, n int) string { return fmt.Sprintf("%s_%d", kind, n) }
