package fault

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shape is how some service is asked for a purchase. The name of the purchase follows the path.
type shape struct {
	method, path string
	header       string                  // in which the key is, "" for none
	kind         string                  // Content-Type, "" for no body
	body         func(key string) string // nil for none
}

var shapes = map[string]shape{
	"key in a form":           {"PUT", "/api/orders/", "", "application/x-www-form-urlencoded", func(key string) string { return url.Values{"item": {"1"}, "dedup": {key}}.Encode() }},
	"key in a foreign header": {"PUT", "/api/orders/", "X-Request-Id", "application/json", func(string) string { return `{"item":1}` }},
	"key in XML":              {"POST", "/soap?op=Buy&for=/", "", "text/xml", func(key string) string { return "<buy><ref>" + key + "</ref></buy>" }},
	"another key in JSON":     {"POST", "/purchase?for=/", "", "application/json", func(string) string { return `{"idempotency_key":"another"}` }},
	"key nowhere, a GET":      {"GET", "/buy?item=1&for=/", "", "", nil},
	"key nowhere, a DELETE":   {"DELETE", "/stock/", "", "", nil},
}

// request makes what is sent for a purchase under a key, without a mark.
func (s shape) request(ctx context.Context, base, name, key string) (*http.Request, error) {
	text, body := "", io.Reader(nil)
	if s.body != nil {
		text = s.body(key)
		body = io.NopCloser(strings.NewReader(text)) // which net/http cannot send again
	}
	req, err := http.NewRequestWithContext(ctx, s.method, base+s.path+name, body)
	if err != nil {
		return nil, err
	}
	req.ContentLength = int64(len(text))
	if s.kind != "" {
		req.Header.Set("Content-Type", s.kind)
	}
	if s.header != "" {
		req.Header.Set(s.header, key)
	}
	return req, nil
}

// buy sends one attempt with a mark and says in a word what the client saw.
func (s shape) buy(ctx context.Context, c *http.Client, base, name string, m AttemptMark) string {
	req, err := s.request(ctx, base, name, m.Key)
	if err != nil {
		return err.Error()
	}
	req.Header.Set(AttemptHeader, m.String())
	resp, err := c.Do(req)
	if err != nil {
		return symptom(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		return symptom(err)
	}
	return resp.Status
}

// delivery is all that a service is to see of an attempt: everything but the mark, and what
// net/http adds.
func (s shape) delivery(t *testing.T, name, key string) string {
	t.Helper()
	req, err := s.request(t.Context(), "http://service", name, key)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	if s.body != nil {
		text = s.body(key)
	}
	return seen(req.Method, req.URL.RequestURI(), req.Header, text)
}

func seen(method, uri string, header http.Header, body string) string {
	return fmt.Sprint(method, " ", uri, " ", header, " ", body)
}

// foreignService records all requests, by the name of the purchase.
type foreignService struct {
	*httptest.Server
	mu    sync.Mutex
	asked map[string][]string
}

func serveForeign(t *testing.T) *foreignService {
	t.Helper()
	f := &foreignService{asked: map[string][]string{}}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *foreignService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // half a request has no effect
		return
	}
	for _, added := range []string{"User-Agent", "Accept-Encoding", "Content-Length", "Connection"} {
		r.Header.Del(added)
	}
	name := r.RequestURI[strings.LastIndexByte(r.RequestURI, '/')+1:]
	f.mu.Lock()
	f.asked[name] = append(f.asked[name], seen(r.Method, r.RequestURI, r.Header, string(body)))
	f.mu.Unlock()
	w.WriteHeader(http.StatusCreated)
	io.WriteString(w, "bought")
}

// of returns what the service was asked of a purchase.
func (f *foreignService) of(name string) []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked[name]
}

// TestEffectsOnForeignServices: what TestEffects has of POST /purchase is so of marked requests
// of each shape, and no delivery differs from the request but by the mark.
func TestEffectsOnForeignServices(t *testing.T) {
	for name, s := range shapes {
		for _, tt := range effects {
			f := serveForeign(t)
			p := proxyOf(t, &service{Server: f.Server}, tt.window)
			c := client(t)
			for n := range 3 { // on connections that are new, and on those used before
				if s.body == nil {
					c = client(t) // else net/http sends again what meets the end of a connection used before
				}
				m := AttemptMark{Key: fmt.Sprint("k;", n), Number: n + 1}
				buyer := fmt.Sprint("b", n)
				sees := s.buy(t.Context(), c, p.URL(), buyer, m)
				want := slices.Repeat([]string{s.delivery(t, buyer, m.Key)}, tt.acts)
				if got := f.of(buyer); sees != tt.sees || !slices.Equal(got, want) {
					t.Errorf("%s, %s %+v, request %d: the client sees %q and the service %q, want %q and %q", name, tt.window.Fault, tt.window, n, sees, got, tt.sees, want)
				}
			}
			want := Counts{Requests: 3, Faults: map[Kind]int{tt.window.Fault: 3}, Windows: []WindowCount{{Met: 3, Taken: 3}}}
			if got := p.Counts(); !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: counts %+v, want %+v", name, tt.window.Fault, got, want)
			}
			for n, e := range p.Events() {
				if want := (Event{At: e.At, Key: fmt.Sprint("k;", n), Attempt: n + 1, Seen: 1, Fault: tt.window.Fault}); e != want {
					t.Errorf("%s: event %d is %+v, want %+v", name, n, e, want)
				}
			}
		}
	}
}

// TestForeignServicesMeetTheSameFaults sends the same attempts under one plan to POST /purchase
// without marks and to services of each shape with them: the same ones are taken, and by the
// same window. Attempts without a key are drawn by their order, in both.
func TestForeignServicesMeetTheSameFaults(t *testing.T) {
	s := serve(t, nil)
	p := proxyOf(t, s, Window{Fault: DropRequest, Probability: 0.3}, Window{Fault: Unavailable, Probability: 0.2})
	c := client(t)
	c.Transport.(*http.Transport).DisableKeepAlives = true // else net/http sends some of them again
	each := func(send func(key string, number int)) (all []Event) {
		if err := p.Start(p.active.Load().plan, time.Now()); err != nil {
			t.Fatal(err)
		}
		for n := range 40 {
			for number := range 3 {
				send([]string{"", v7(1_700_000_000_000, n)}[n%2], number+1)
			}
		}
		if n := p.Counts(); n.Requests != 120 || n.Passed+len(p.Events()) != 120 {
			t.Fatalf("counts %+v, want 120 requests", n)
		}
		for _, e := range p.Events() {
			e.At, e.Attempt = 0, 0
			all = append(all, e)
		}
		return all
	}
	want := each(func(key string, _ int) { purchase(t.Context(), c, p.URL(), key) })
	keyless := slices.ContainsFunc(want, func(e Event) bool { return e.Key == "" })
	keyed := slices.ContainsFunc(want, func(e Event) bool { return e.Key != "" && e.Window == 1 && e.Seen > 1 })
	if !keyless || !keyed {
		t.Fatalf("%+v: want events with and without a key, of both windows", want)
	}
	for name, shape := range shapes {
		got := each(func(key string, number int) {
			shape.buy(t.Context(), c, p.URL(), "b", AttemptMark{key, number})
		})
		if !slices.Equal(got, want) {
			t.Errorf("%s: %+v, want %+v as of POST /purchase", name, got, want)
		}
	}
}

// TestLargeMarkedRequests: a purchase of a foreign service is one whatever its size.
func TestLargeMarkedRequests(t *testing.T) {
	large := shape{"PUT", "/upload/", "", "application/json", func(string) string { return strings.Repeat(" ", MaxBody+1) }}
	f := serveForeign(t)
	p := proxyOf(t, &service{Server: f.Server}, Window{Fault: Duplicate, Probability: 1})
	sees := large.buy(t.Context(), client(t), p.URL(), "b", AttemptMark{"k", 1})
	if got := f.of("b"); sees != "201 Created" || len(got) != 2 || got[0] != got[1] || got[0] != large.delivery(t, "b", "k") {
		t.Errorf("the client sees %q after %d deliveries, want 201 Created after two whole ones", sees, len(got))
	}
}

// TestConnectionFaultsIgnoreMarks sends through a wire before a proxy, as a trial does: a
// fault of connections is done to purchases of each shape, and what passes has lost its mark.
func TestConnectionFaultsIgnoreMarks(t *testing.T) {
	for name, s := range shapes {
		f := serveForeign(t)
		p := proxyOf(t, &service{Server: f.Server})
		w := wireOf(t, &service{Server: &httptest.Server{URL: p.URL()}})
		for i, tt := range []struct {
			fault Kind
			sees  string
			acts  int
		}{
			{"", "201 Created", 1},
			{WireDown, "refused", 0},
			{WireReplyLost, "EOF", 1},
			{WireResetRequest, "reset", 0},
			{"", "201 Created", 1},
		} {
			set := w.Clear
			if tt.fault != "" {
				set = func() error { return w.Set(tt.fault, 0) }
			}
			if err := set(); err != nil {
				t.Fatal(err)
			}
			buyer := fmt.Sprint("b", i)
			sees := s.buy(t.Context(), client(t), w.URL(), buyer, AttemptMark{"k", 1})
			want := slices.Repeat([]string{s.delivery(t, buyer, "k")}, tt.acts)
			if got := f.of(buyer); sees != tt.sees || !slices.Equal(got, want) {
				t.Errorf("%s, fault %q: the client sees %q and the service %q, want %q and %q", name, tt.fault, sees, got, tt.sees, want)
			}
		}
	}
}
