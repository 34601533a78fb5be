package stepshop

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// answer is a status, a body that becomes JSON, and perhaps a token.
type answer struct {
	status int
	body   any
	token  string
}

func refuse(status int, code string) answer {
	return answer{status: status, body: map[string]string{"code": code}}
}

// call is a request that is being answered. The holder of it holds the mutex of the shop.
type call struct {
	*http.Request
	user string // of its token, "" for none
	body map[string]any
	text string // of the body
	// again: it came before under its key, and a defect makes it be done again.
	again bool
}

// id returns a member of the body that is a number or a text.
func (c call) id(name string) string {
	if n, ok := c.body[name].(json.Number); ok {
		return n.String()
	}
	text, _ := c.body[name].(string)
	return text
}

func (s *Shop) routes() {
	for pattern, f := range map[string]func(call) answer{
		"POST /sessions": s.logIn, "POST /carts": s.newCart, "POST /carts/{id}/items": s.addItem, "POST /carts/{id}/pay": s.pay,
		"POST /reset": s.reset, "GET /health": s.health, "GET /orders": s.orders, "GET /orders/{id}": s.oneOrder, "GET /carts": s.carts,
		"GET /products/{id}": s.oneProduct, "GET /users/{id}": s.oneUser, "GET /ledger": s.entries,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, f) })
	}
}

// ServeHTTP implements http.Handler.
func (s *Shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	n := len(s.log)
	token := tokenOf(r)
	line := Request{Method: r.Method, Path: r.URL.Path, Key: r.Header.Get("Idempotency-Key"), Token: token, Remote: r.RemoteAddr, At: time.Now()}
	if session := s.state.sessions[token]; session != nil {
		line.User = session.user
	}
	s.log = append(s.log, line)
	s.mu.Unlock()
	var fails Failure
	if s.options.Fail != nil {
		fails = s.options.Fail(r)
	}
	buffer := &buffered{header: http.Header{}}
	switch {
	case fails.Status != 0:
		io.Copy(io.Discard, r.Body)
		if fails.RetryAfter != "" {
			buffer.header.Set("Retry-After", fails.RetryAfter)
		}
		buffer.status = fails.Status
	default:
		s.mux.ServeHTTP(buffer, r)
	}
	if fails.Lost {
		panic(http.ErrAbortHandler)
	}
	s.mu.Lock()
	s.log[n].Status = buffer.status
	s.mu.Unlock()
	buffer.send(w)
}

// buffered is an answer that is sent at the end, or lost.
type buffered struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (b *buffered) Header() http.Header         { return b.header }
func (b *buffered) WriteHeader(status int)      { b.status = status }
func (b *buffered) Write(p []byte) (int, error) { return b.body.Write(p) }

func (b *buffered) send(w http.ResponseWriter) {
	for name, values := range b.header {
		w.Header()[name] = values
	}
	w.WriteHeader(b.status)
	w.Write(b.body.Bytes())
}

// tokenOf returns the token of a request, "" without one.
func tokenOf(r *http.Request) string {
	if token := r.Header.Get("X-Auth-Token"); token != "" {
		return token
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return token
}

// serve answers a request with what f does, or did for its key.
func (s *Shop) serve(w http.ResponseWriter, r *http.Request, f func(call) answer) {
	text, _ := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	c := call{Request: r, text: string(text)}
	if decoder := json.NewDecoder(bytes.NewReader(text)); len(text) > 0 {
		decoder.UseNumber()
		if decoder.Decode(&c.body) != nil {
			s.write(w, refuse(http.StatusBadRequest, "malformed"), false)
			return
		}
	}
	a, replayed := s.answer(c, f)
	s.write(w, a, replayed)
}

// answer returns what a call is answered.
func (s *Shop) answer(c call, f func(call) answer) (a answer, replayed bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a := s.authorize(&c); a.status != 0 {
		return a, false
	}
	key := c.Header.Get("Idempotency-Key")
	if key == "" || c.Method != http.MethodPost {
		s.work(c)
		return f(c), false
	}
	slot := c.user + " " + c.URL.Path + " " + key
	switch known := s.state.keys[slot]; {
	case known == nil:
	case known.answer == nil:
		return refuse(http.StatusConflict, "in_progress"), false
	case known.body != c.text:
		return refuse(http.StatusUnprocessableEntity, "key_reused"), false
	default:
		return s.again(c, f, *known.answer), true
	}
	mine := &keyed{body: c.text}
	s.state.keys[slot] = mine
	s.work(c)
	a = f(c)
	mine.answer = &a
	return a, false
}

// work takes the time of a POST, in which others are answered.
func (s *Shop) work(c call) {
	if s.options.Work > 0 && c.Method == http.MethodPost {
		s.mu.Unlock()
		time.Sleep(s.options.Work)
		s.mu.Lock()
	}
}

// again returns the answer to a request that comes again under its key.
func (s *Shop) again(c call, f func(call) answer, before answer) answer {
	o, isOrder := before.body.(order)
	switch d := s.options.Defect; {
	case d == ItemTwice && strings.HasSuffix(c.URL.Path, "/items"), d == DoubleOrder && isOrder:
		c.again = true
		return f(c)
	case d == PaysAgain && isOrder:
		s.move(&o, "charge")
	}
	return before
}

// authorize finds the user of a token, or refuses it.
func (s *Shop) authorize(c *call) answer {
	token, needs := tokenOf(c.Request), c.Method == http.MethodPost && strings.HasPrefix(c.URL.Path, "/carts")
	if token == "" && !needs || c.URL.Path == "/sessions" {
		return answer{}
	}
	found := s.state.sessions[token]
	o := s.options
	if found == nil || o.TokenUses > 0 && found.uses >= o.TokenUses || o.TokenLife > 0 && time.Since(found.since) >= o.TokenLife {
		return refuse(http.StatusUnauthorized, "unauthorized")
	}
	found.uses++
	c.user = found.user
	return answer{}
}

// write sends an answer.
func (s *Shop) write(w http.ResponseWriter, a answer, replayed bool) {
	if a.token != "" {
		w.Header().Set("X-Auth-Token", a.token)
	}
	if replayed {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	if o, ok := a.body.(order); ok && o.Status == pending && s.options.RetryAfter != "" {
		w.Header().Set("Retry-After", s.options.RetryAfter)
	}
	if a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	json.NewEncoder(w).Encode(a.body)
}

func (s *Shop) logIn(c call) answer {
	id := c.id("user")
	if s.state.users[id] == nil {
		return refuse(http.StatusNotFound, "unknown_user")
	}
	token := "tok_" + rand.Text()
	s.state.sessions[token] = &session{user: id, since: time.Now()}
	return answer{http.StatusCreated, map[string]string{"user": id}, token}
}
