package retry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// script answers attempt n with its n-th answer, the last one repeated, without
// a network, so that time can be a test's own.
type script struct {
	mu      sync.Mutex
	answers []answer
	seen    []*http.Request
	bodies  []string
}

type answer struct {
	status     int
	retryAfter string
	err        error
	delay      time.Duration
	header     http.Header // more of it
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	s.mu.Lock()
	a := s.answers[min(len(s.seen), len(s.answers)-1)]
	s.seen, s.bodies = append(s.seen, req), append(s.bodies, string(body))
	s.mu.Unlock()
	select {
	case <-time.After(a.delay):
	case <-req.Context().Done():
		return nil, req.Context().Err()
	}
	if a.err != nil {
		return nil, a.err
	}
	h := http.Header{"Content-Type": {"application/json"}}
	maps.Copy(h, a.header)
	if a.retryAfter != "" {
		h.Set("Retry-After", a.retryAfter)
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(`{}`)), Request: req, ContentLength: 2}, nil
}

func jsonWithKey(key string) []byte { return fmt.Appendf(nil, `{"idempotency_key":%q}`, key) }

func TestOperations(t *testing.T) {
	with := func(change func(*Policy)) Policy { p := Default(); change(&p); return p }
	lost := errors.New("boom")
	for _, tt := range []struct {
		name     string
		policy   Policy
		answers  []answer
		statuses []int           // of the attempts
		waits    []time.Duration // before attempts 2, 3, …
		why      string          // of the exhaustion, "" for none
	}{
		{"first answer holds", Default(), []answer{{status: 201}}, []int{201}, nil, ""},
		{"4xx is never retried", Default(), []answer{{status: 409, retryAfter: "1"}}, []int{409}, nil, ""},
		{"429 is a 4xx unless Retry-After is honoured", Default(), []answer{{status: 429, retryAfter: "1"}}, []int{429}, nil, ""},
		{"5xx twice, then confirmed", Default(), []answer{{status: 503}, {status: 500}, {status: 201}}, []int{503, 500, 201}, []time.Duration{1e9, 2e9}, ""},
		{"5xx to the end", Default(), []answer{{status: 503}}, []int{503, 503, 503}, []time.Duration{1e9, 2e9}, ByAttempts},
		{"the original's waits in full", with(func(p *Policy) { p.MaxAttempts = 5 }), []answer{{status: 500}}, []int{500, 500, 500, 500, 500}, []time.Duration{1e9, 2e9, 4e9, 4e9}, ByAttempts},
		{"connection errors are temporary", Default(), []answer{{err: lost}, {status: 201}}, []int{0, 201}, []time.Duration{1e9}, ""},
		{"a timeout is temporary", Default(), []answer{{status: 201, delay: time.Minute}, {status: 201}}, []int{0, 201}, []time.Duration{1e9}, ""},
		{"one attempt only", with(func(p *Policy) { p.MaxAttempts = 1 }), []answer{{status: 503}}, []int{503}, nil, ByAttempts},
		{"one attempt only, of no temporary kind", with(func(p *Policy) { p.MaxAttempts = 1 }), []answer{{status: 404}}, []int{404}, nil, ""},
		{"one attempt only, Retry-After honoured", with(func(p *Policy) { p.MaxAttempts, p.RetryAfter = 1, true }), []answer{{status: 429, retryAfter: "1"}}, []int{429}, nil, ByAttempts},
		{"two attempts, Retry-After honoured", with(func(p *Policy) { p.MaxAttempts, p.RetryAfter = 2, true }), []answer{{status: 429, retryAfter: "1"}}, []int{429, 429}, []time.Duration{1e9}, ByAttempts},
		{"no wait", with(func(p *Policy) { p.Backoff = Backoff{} }), []answer{{status: 503}, {status: 200}}, []int{503, 200}, []time.Duration{0}, ""},
		{"Retry-After in seconds", with(func(p *Policy) { p.RetryAfter = true }), []answer{{status: 429, retryAfter: "7"}, {status: 201}}, []int{429, 201}, []time.Duration{7e9}, ""},
		{"Retry-After as a date", with(func(p *Policy) { p.RetryAfter = true }), []answer{{status: 503, retryAfter: "Sat, 01 Jan 2000 00:00:20 GMT"}, {status: 201}}, []int{503, 201}, []time.Duration{20e9}, ""},
		{"Retry-After is capped", with(func(p *Policy) { p.RetryAfter = true }), []answer{{status: 503, retryAfter: "86400"}, {status: 201}}, []int{503, 201}, []time.Duration{30e9}, ""},
		{"409 without Retry-After is a refusal", with(func(p *Policy) { p.RetryAfter = true }), []answer{{status: 409}}, []int{409}, nil, ""},
		{"Retry-After ignored unless asked", Default(), []answer{{status: 503, retryAfter: "7"}, {status: 201}}, []int{503, 201}, []time.Duration{1e9}, ""},
		{"a wait past the deadline is not begun", with(func(p *Policy) { p.Deadline = 2500 * time.Millisecond }), []answer{{status: 503}}, []int{503, 503}, []time.Duration{1e9}, ByDeadline},
		{"the deadline ends an attempt", with(func(p *Policy) { p.Deadline = 3 * time.Second }), []answer{{status: 201, delay: time.Minute}}, []int{0}, nil, ByDeadline},
		{"no budget", with(func(p *Policy) { p.Budget = Budget{Ratio: .5} }), []answer{{status: 503}}, []int{503}, nil, ByBudget},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{answers: tt.answers}
				retries := 0
				c, err := New(Config{Policy: tt.policy, Base: s, OnRetry: func(Attempt, time.Duration) { retries++ }})
				if err != nil {
					t.Fatal(err)
				}
				o := c.Post(t.Context(), "http://127.0.0.1/purchase", "k1", jsonWithKey)
				if len(o.Attempts) != len(tt.statuses) || len(s.seen) != len(tt.statuses) {
					t.Fatalf("%d attempts recorded, %d sent, want %d", len(o.Attempts), len(s.seen), len(tt.statuses))
				}
				if retries != len(tt.statuses)-1 {
					t.Errorf("OnRetry called %d times, want %d", retries, len(tt.statuses)-1)
				}
				for i, a := range o.Attempts {
					if a.Number != i+1 || a.Status != tt.statuses[i] {
						t.Errorf("attempt %d: number %d status %d, want status %d", i+1, a.Number, a.Status, tt.statuses[i])
					}
					if i > 0 && (a.PlannedWait != tt.waits[i-1] || a.Wait.Round(time.Millisecond) != tt.waits[i-1]) {
						t.Errorf("wait before attempt %d: planned %v, actual %v, want %v", i+1, a.PlannedWait, a.Wait, tt.waits[i-1])
					}
					if a.Key != "k1" || s.bodies[i] != `{"idempotency_key":"k1"}` || s.seen[i].Header.Get("Idempotency-Key") != "k1" {
						t.Errorf("attempt %d carried key %q, body %s, header %q; want k1 in all", i+1, a.Key, s.bodies[i], s.seen[i].Header.Get("Idempotency-Key"))
					}
				}
				var gaveUp *ExhaustedError
				if got := errors.As(o.Err, &gaveUp); got != (tt.why != "") {
					t.Fatalf("Err = %v, want exhaustion %q", o.Err, tt.why)
				}
				if tt.why == "" {
					if o.Err != nil {
						t.Errorf("Err = %v, want nil: an answer came", o.Err)
					}
					return
				}
				if gaveUp.Why != tt.why || gaveUp.Attempts != len(tt.statuses) || gaveUp.Last.Status != tt.statuses[len(tt.statuses)-1] || !errors.Is(o.Err, ErrExhausted) {
					t.Errorf("Err = %+v, want %q after %d attempts with the last answer", gaveUp, tt.why, len(tt.statuses))
				}
			})
		})
	}
}

// settled is settled by any answer.
type settled struct{ jsonUnderKey }

func (s *settled) Ended(Attempt) Next { return Settled }

// TestSettledIsNoExhaustion, whatever MaxAttempts.
func TestSettledIsNoExhaustion(t *testing.T) {
	for attempts := range 3 {
		p := Default()
		p.MaxAttempts = 1 + attempts
		c, err := New(Config{Policy: p, Base: &script{answers: []answer{{status: 503}}}})
		if err != nil {
			t.Fatal(err)
		}
		if o := c.Do(t.Context(), "http://127.0.0.1/purchase", "k1", &settled{jsonUnderKey{body: jsonWithKey}}); len(o.Attempts) != 1 || o.Err != nil {
			t.Errorf("MaxAttempts %d: %d attempts, %v; want 1 and no error", p.MaxAttempts, len(o.Attempts), o.Err)
		}
	}
}

func TestExhaustionCarriesTheLastError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		c, _ := New(Config{Policy: Default(), Base: &script{answers: []answer{{err: boom}}}})
		o := c.Post(t.Context(), "http://127.0.0.1/", "", jsonWithKey)
		if !errors.Is(o.Err, boom) || !errors.Is(o.Err, ErrExhausted) {
			t.Errorf("Err = %v, want exhaustion that unwraps to the last error", o.Err)
		}
	})
}

func TestNewKeyPerAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{answers: []answer{{status: 500}}}
		p := Default()
		p.NewKeyPerAttempt = true
		c, _ := New(Config{Policy: p, Base: s})
		o := c.Post(t.Context(), "http://127.0.0.1/", "", jsonWithKey)
		keys := map[string]bool{}
		for i, a := range o.Attempts {
			keys[a.Key] = true
			if want := string(jsonWithKey(a.Key)); s.bodies[i] != want {
				t.Errorf("attempt %d sent %s, want %s", i+1, s.bodies[i], want)
			}
		}
		if len(keys) != 3 || o.Attempts[0].Key != o.Key {
			t.Errorf("3 attempts used %d keys, the first %q (operation %q); want 3, the first the operation's", len(keys), o.Attempts[0].Key, o.Key)
		}
	})
}

func TestInterruptWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stopped := errors.New("stopped")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(1500*time.Millisecond, func() { cancel(stopped) })
		c, _ := New(Config{Policy: Default(), Base: &script{answers: []answer{{status: 503}}}})
		start := time.Now()
		o := c.Post(ctx, "http://127.0.0.1/", "", jsonWithKey)
		if !errors.Is(o.Err, stopped) || len(o.Attempts) != 2 || time.Since(start) != 1500*time.Millisecond {
			t.Errorf("Err %v, %d attempts after %v; want the cause, 2 attempts, 1.5s", o.Err, len(o.Attempts), time.Since(start))
		}
	})
}

// newClient makes one for a real server, without waits.
func newClient(t *testing.T, c Config) *Client {
	t.Helper()
	if c.Policy.MaxAttempts == 0 {
		c.Policy = Policy{MaxAttempts: 1, AttemptTimeout: 10 * time.Second}
	}
	cl, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

func TestHowAttemptsEnd(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("/confirmed", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Idempotent-Replayed", "true")
		w.WriteHeader(201)
	})
	mux.HandleFunc("/dropped", func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/half", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	mux.HandleFunc("/reset", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	})
	mux.HandleFunc("/silent", func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body); <-r.Context().Done() })
	mux.HandleFunc("/huge", func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 10<<20)) })
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		for _, err := w.Write(make([]byte, 1<<16)); err == nil; _, err = w.Write(make([]byte, 1<<16)) {
		}
	})
	mux.HandleFunc("/redirect", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://example.com/", http.StatusTemporaryRedirect)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	unused := "http://" + closedPort

	for _, tt := range []struct {
		url    string
		class  Class
		status int
		sent   bool
		says   string
	}{
		{server.URL + "/confirmed", "", 201, true, "HTTP 201"},
		{server.URL + "/dropped", EOF, 0, true, "remote end closed connection without response"},
		{server.URL + "/half", EOF, 200, true, "closed"},
		{server.URL + "/reset", Reset, 0, true, "reset"},
		{server.URL + "/silent", Timeout, 0, true, "no answer within"},
		{server.URL + "/huge", TooLarge, 200, true, "too large"},
		{server.URL + "/endless", TooLarge, 200, true, "too large"},
		{server.URL + "/redirect", "", 307, true, "HTTP 307"},
		{unused, Refused, 0, false, "no process listens"},
		{"http://no-such-host.invalid/", DNS, 0, false, "no-such-host"},
		{"https://" + strings.TrimPrefix(server.URL, "http://"), TLS, 0, false, "tls"},
	} {
		timeout := 10 * time.Second
		if tt.class == Timeout {
			timeout = 200 * time.Millisecond
		}
		for _, standard := range []bool{true, false} {
			c := newClient(t, Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: timeout}, Standard: standard})
			a := c.Post(t.Context(), tt.url, "", jsonWithKey).Last()
			if a.Class != tt.class || a.Status != tt.status || a.Sent != tt.sent || !strings.Contains(a.String(), tt.says) {
				t.Errorf("%s (standard %v): class %q status %d sent %v %q (%v); want %q %d %v %q", tt.url, standard, a.Class, a.Status, a.Sent, a, a.Err, tt.class, tt.status, tt.sent, tt.says)
			}
			if len(a.Body) > DefaultBodyLimit {
				t.Errorf("%s (standard %v): %d bytes kept, want at most %d", tt.url, standard, len(a.Body), DefaultBodyLimit)
			}
			if a.Replayed != (a.Status == 201) {
				t.Errorf("%s (standard %v): replayed = %v", tt.url, standard, a.Replayed)
			}
		}
	}
}

// closedPort is an address on which nothing listens. The system gives the number to no
// listener on port 0, as it may do with one that was just closed.
const closedPort = "127.0.0.1:1"

func TestUnusableURLs(t *testing.T) {
	for _, url := range []string{"", "://", "http://[::1", "ftp://127.0.0.1/", "http://127.0.0.1:99999/", "http://", "http://:/"} {
		for _, standard := range []bool{true, false} {
			if o := newClient(t, Config{Standard: standard}).Post(t.Context(), url, "", jsonWithKey); o.Err == nil {
				t.Errorf("Post to %q (standard %v): no error, want one", url, standard)
			}
		}
	}
}

// A server that closes reused connections after it has acted makes net/http
// send a request with an Idempotency-Key once more by itself. Every request the
// server saw must be an attempt that was recorded.
func TestNoAttemptIsHidden(t *testing.T) {
	var acted atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n := acted.Add(1); n%3 == 0 {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "{}")
	}))
	defer server.Close()
	c := newClient(t, Config{Connections: 4, Policy: Policy{MaxAttempts: 3, AttemptTimeout: 10 * time.Second}})
	var recorded atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 75 {
				recorded.Add(int64(len(c.Post(t.Context(), server.URL, "", jsonWithKey).Attempts)))
			}
		})
	}
	wg.Wait()
	if got, want := recorded.Load(), acted.Load(); got != want || want <= 300 {
		t.Errorf("%d attempts recorded, the server saw %d (more than 300 expected); want the same", got, want)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	var opened atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "{}") }))
	server.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	c := newClient(t, Config{Connections: 10})
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			for range 50 {
				if a := c.Post(t.Context(), server.URL, "", jsonWithKey).Last(); !a.OK() {
					t.Errorf("attempt ended with %v", a)
				}
			}
		})
	}
	wg.Wait()
	if n := opened.Load(); n > 10 {
		t.Errorf("%d connections opened by 10 workers, want at most 10", n)
	}
}

func TestSecretsAreNotRecorded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"you_sent": %q}`, r.Header.Get("Authorization"))
	}))
	defer server.Close()
	c := newClient(t, Config{Header: http.Header{"Authorization": {"Bearer s3cr3t-token"}}})
	a := c.Post(t.Context(), server.URL, "", jsonWithKey).Last()
	if got, want := string(a.Body), `{"you_sent": "[secret]"}`; got != want {
		t.Errorf("recorded body %s, want %s", got, want)
	}
}

// TestMoreSecretsAreNotRecorded sends a secret in a header of a request, which the config does
// not have, by a client and by one that was made of it.
func TestMoreSecretsAreNotRecorded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"you_sent": %q}`, r.Header.Get("X-Session"))
	}))
	defer server.Close()
	c := newClient(t, Config{Secrets: []string{"s3ss10n-one"}})
	with, err := c.WithConfig(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Secrets: []string{"s3ss10n-two"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		client *Client
		sent   string
		hidden bool
	}{{c, "s3ss10n-one", true}, {c, "s3ss10n-two", false}, {with, "s3ss10n-one", true}, {with, "s3ss10n-two", true}} {
		a := tt.client.Send(t.Context(), server.URL, Get("").With("X-Session", tt.sent)).Last()
		if hidden := string(a.Body) == `{"you_sent": "[secret]"}`; hidden != tt.hidden {
			t.Errorf("%s is recorded as %s, want hidden: %v", tt.sent, a.Body, tt.hidden)
		}
	}
}

// Sent is each attempt's own: one that found no server was not sent although the
// one before it was.
func TestSentIsEachAttemptsOwn(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.Listener.Close()
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	c := newClient(t, Config{Policy: Policy{MaxAttempts: 2, AttemptTimeout: 10 * time.Second}})
	got := c.Post(t.Context(), server.URL, "", jsonWithKey).Attempts
	if len(got) != 2 || got[0].Class != EOF || !got[0].Sent || got[1].Class != Refused || got[1].Sent {
		t.Errorf("attempts %+v; want one that was sent and lost, and one that was refused and not sent", got)
	}
}

// Requests of resty's are used again: nothing of an operation may be left in the
// next one's.
func TestOperationsShareNothing(t *testing.T) {
	type seen struct{ path, key, header, body, accept, contentType string }
	var mu sync.Mutex
	saw := map[string]seen{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		key := r.Header.Get("Idempotency-Key")
		mu.Lock()
		_, repeated := saw[key]
		saw[key] = seen{r.URL.Path, key, r.Header.Get("Authorization"), string(body), r.Header.Get("Accept"), r.Header.Get("Content-Type")}
		mu.Unlock()
		if !repeated && key[len(key)-1]%3 == 0 {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	c := newClient(t, Config{Connections: 8, Header: http.Header{"Authorization": {"a"}}, Policy: Policy{MaxAttempts: 3, AttemptTimeout: 10 * time.Second}})
	var wg sync.WaitGroup
	for user := range 8 {
		wg.Go(func() {
			for i := range 50 {
				key := fmt.Sprintf("k-%d-%d", user, i)
				ctx, cancel := context.WithCancel(t.Context())
				o := c.Post(ctx, server.URL+"/"+key, key, jsonWithKey)
				cancel()
				if a := o.Last(); a.Key != key || a.Status != 200 || o.Err != nil || o.Attempts[0].Number != 1 {
					t.Errorf("%s: %+v, %v", key, o.Attempts, o.Err)
				}
				mu.Lock()
				if got, want := saw[key], (seen{"/" + key, key, "a", string(jsonWithKey(key)), "application/json", "application/json"}); got != want {
					t.Errorf("%s: the server saw %+v, want %+v", key, got, want)
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

// TestTemporaryThatIsGivenInsists on another attempt although the operation is settled.
func TestTemporaryThatIsGivenInsists(t *testing.T) {
	p := Default()
	p.Backoff = Backoff{}
	c, err := New(Config{Policy: p, Base: &script{answers: []answer{{status: 201}}}, Temporary: func(a Attempt) bool { return a.Number == 1 }})
	if err != nil {
		t.Fatal(err)
	}
	if o := c.Do(t.Context(), "http://127.0.0.1/purchase", "k1", &settled{jsonUnderKey{body: jsonWithKey}}); len(o.Attempts) != 2 || o.Err != nil {
		t.Errorf("%d attempts, %v; want 2 and no error", len(o.Attempts), o.Err)
	}
}
