package bench

import (
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// answer is the answer to each purchase: the members of the contract's order that a client needs, about 100 bytes.
const answer = `{"order_id":"0b9f6c1e-5b1f-4c55-9d2e-6f1a3f2f9a10","status":"CONFIRMED","amount":100,"user_id":1}`

// maxDelays bounds the delays that one tally keeps.
const maxDelays = 1 << 20

// Counts is what the server counted since its plan was set.
type Counts struct {
	// Requests counts the purchases that it received, those without an answer
	// (Closed of them) included; Keyed had an Idempotency-Key header.
	Requests int64 `json:"requests"`
	Keyed    int64 `json:"keyed"`
	Closed   int64 `json:"closed"`
	// Others counts all other requests: health checks and readings.
	Others int64 `json:"others"`
	// Connections counts the connections that were opened, Carrying those of them
	// that had a purchase on them.
	Connections int64 `json:"connections"`
	Carrying    int64 `json:"carrying"`
	// Window is from the first purchase to the last answer of one.
	Window time.Duration `json:"window"`
	// Delays are, ascending, the ms from the end of a stall to the answer of each
	// purchase that waited for it.
	Delays []float64 `json:"delays"`
}

// Rate is purchases a second within the window, 0 for a window without width.
func (c Counts) Rate() float64 {
	if c.Window <= 0 {
		return 0
	}
	return float64(c.Requests) / c.Window.Seconds()
}

// tally counts under one plan. Its methods are safe for concurrent use.
type tally struct {
	plan Plan
	born time.Time

	requests, keyed, closed, others, connections, carrying atomic.Int64
	first, last                                            atomic.Int64 // ns since born, first 0 before there was one

	mu     sync.Mutex
	delays []float64
}

func (ta *tally) counts() Counts {
	ta.mu.Lock()
	delays := slices.Clone(ta.delays)
	ta.mu.Unlock()
	slices.Sort(delays)
	return Counts{
		Requests: ta.requests.Load(), Keyed: ta.keyed.Load(), Closed: ta.closed.Load(), Others: ta.others.Load(),
		Connections: ta.connections.Load(), Carrying: ta.carrying.Load(),
		Window: time.Duration(max(ta.last.Load()-ta.first.Load(), 0)), Delays: delays,
	}
}

// stall delays a request that arrived at now until the stall of the plan ends.
func (ta *tally) stall(now int64) {
	t := time.Duration(now - ta.first.Load())
	left := ta.plan.Stall.Remaining(t)
	if left == 0 {
		return
	}
	release := now + int64(left)
	time.Sleep(left - (time.Since(ta.born) - time.Duration(now)))
	delay := float64(int64(time.Since(ta.born))-release) / 1e6
	ta.mu.Lock()
	if len(ta.delays) < maxDelays {
		ta.delays = append(ta.delays, max(delay, 0))
	}
	ta.mu.Unlock()
}

// hides reports whether the n-th purchase is left without an answer: the same ones for the same seed.
func (ta *tally) hides(n int64) bool {
	return ta.plan.Hide > 0 && rand.New(rand.NewPCG(ta.plan.Seed, uint64(n))).Float64() < ta.plan.Hide
}

// connection is one connection of a client.
type connection struct{ purchases atomic.Int64 }

type connectionKey struct{}

// Server answers POST /purchase and GET /health as fast as net/http does, counts,
// and blocks or closes connections by a plan. Safe for concurrent use.
type Server struct{ tally atomic.Pointer[tally] }

// NewServer returns a server that has counted nothing and only answers.
func NewServer() *Server {
	s := &Server{}
	s.Set(Plan{})
	return s
}

// Set starts a new count under a plan, which must be valid.
func (s *Server) Set(p Plan) { s.tally.Store(&tally{plan: p, born: time.Now()}) }

// Counts returns what was counted since Set.
func (s *Server) Counts() Counts { return s.tally.Load().counts() }

// Serve answers on l until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /purchase", s.purchase)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) {
		s.tally.Load().others.Add(1)
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"status":"ok"}`)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.tally.Load().others.Add(1)
		http.NotFound(w, r)
	})
	return serve(ctx, l, &http.Server{
		Handler: mux,
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				s.tally.Load().connections.Add(1)
			}
		},
		ConnContext: func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, connectionKey{}, &connection{})
		},
	})
}

func (s *Server) purchase(w http.ResponseWriter, r *http.Request) {
	b := s.tally.Load()
	now := int64(time.Since(b.born))
	b.first.CompareAndSwap(0, now)
	n := b.requests.Add(1)
	if r.Header.Get("Idempotency-Key") != "" {
		b.keyed.Add(1)
	}
	reused := true
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok && c.purchases.Add(1) == 1 {
		reused = false
		b.carrying.Add(1)
	}
	io.Copy(io.Discard, r.Body) // a body that ends early is the client's fault
	b.stall(now)
	if reused && b.hides(n) {
		b.closed.Add(1)
		b.last.Store(int64(time.Since(b.born)))
		hangUp(w)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(answer)))
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, answer)
	b.last.Store(int64(time.Since(b.born)))
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}

// control answers what the measuring process asks: GET /counts, and PUT /plan.
func (s *Server) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /counts", func(w http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(w).Encode(s.Counts())
	})
	mux.HandleFunc("PUT /plan", func(w http.ResponseWriter, r *http.Request) {
		var p Plan
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&p)
		if err == nil {
			err = p.Validate()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		s.Set(p)
	})
	return mux
}

// serve runs an HTTP server until ctx ends, then closes all of its connections.
func serve(ctx context.Context, l net.Listener, server *http.Server) error {
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(l); ctx.Err() == nil {
		return err
	}
	return nil
}
