package fault

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/keyed"
)

// effects are what each fault does to a purchase: what the client sees, and how often the
// service acts.
var effects = []struct {
	window Window
	sees   string
	acts   int
}{
	{Window{Probability: 1, Fault: Unavailable}, "503 Service Unavailable", 0},
	{Window{Probability: 1, Fault: Unavailable, Status: 500}, "500 Internal Server Error", 0},
	{Window{Probability: 1, Fault: Slow, Delay: time.Millisecond}, "201 Created", 1},
	{Window{Probability: 1, Fault: DropRequest}, "EOF", 0},
	{Window{Probability: 1, Fault: DropReply}, "EOF", 1},
	{Window{Probability: 1, Fault: ResetRequest}, "reset", 0},
	{Window{Probability: 1, Fault: ResetReply}, "reset", 1},
	{Window{Probability: 1, Fault: Hang, Delay: time.Millisecond}, "EOF", 0},
	{Window{Probability: 1, Fault: HangReply, Delay: time.Millisecond}, "EOF", 1},
	{Window{Probability: 1, Fault: Duplicate}, "201 Created", 2},
	{Window{Probability: 1, Fault: Duplicate, Delay: time.Millisecond}, "201 Created", 2},
}

// TestEffects holds both columns of each fault.
func TestEffects(t *testing.T) {
	for _, tt := range effects {
		s := serve(t, nil)
		p := proxyOf(t, s, tt.window)
		c := client(t)
		for n := range 3 { // on connections that are new, and on those used before
			key := fmt.Sprint("k", n)
			if sees, acts := purchase(t.Context(), c, p.URL(), key), s.times(key); sees != tt.sees || acts != tt.acts {
				t.Errorf("%s %+v, request %d: the client sees %q and the service acts %d times, want %q and %d", tt.window.Fault, tt.window, n, sees, acts, tt.sees, tt.acts)
			}
		}
		want := Counts{Requests: 3, Faults: map[Kind]int{tt.window.Fault: 3}, Windows: []WindowCount{{Met: 3, Taken: 3}}}
		if got := p.Counts(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: counts %+v, want %+v", tt.window.Fault, got, want)
		}
		events := p.Events()
		for n, e := range events {
			if e.Key != fmt.Sprint("k", n) || e.Seen != 1 || e.Fault != tt.window.Fault || e.Window != 0 || e.At < 0 {
				t.Errorf("%s: event %d is %+v", tt.window.Fault, n, e)
			}
		}
		if len(events) != 3 {
			t.Errorf("%s: %d events, want 3", tt.window.Fault, len(events))
		}
	}
}

// A stall holds what arrives in its window until the window closes, so that what
// it costs a request follows from when the request came.
func TestStallLastsAsLongAsItsWindow(t *testing.T) {
	s := serve(t, nil)
	p, err := NewProxy(Service{Address: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	start := time.Now()
	const end = 50 * time.Millisecond
	if err := p.Start(Plan{Windows: []Window{{To: end, Fault: Stall, Probability: 1}}}, start); err != nil {
		t.Fatal(err)
	}
	arrived := time.Since(start)
	sees := purchase(t.Context(), client(t), p.URL(), "k")
	if answered := time.Since(start); sees != "201 Created" || s.times("k") != 1 || arrived < end && answered < end {
		t.Errorf("sent %v after the start, the client sees %q after %v, want 201 Created not before %v", arrived, sees, answered, end)
	}
	time.Sleep(time.Until(start.Add(end)))
	purchase(t.Context(), client(t), p.URL(), "later")
	if got := p.Counts(); got.Requests != 2 || got.Passed < 1 {
		t.Errorf("counts %+v, want the second request to have passed", got)
	}
}

func TestHangEndsWhenTheClientGoes(t *testing.T) {
	for fault, acts := range map[Kind]int{Hang: 0, HangReply: 1} {
		s := serve(t, nil)
		p := proxyOf(t, s, Window{Fault: fault, Probability: 1})
		ctx, cancel := context.WithCancel(t.Context())
		saw := make(chan string)
		go func() { saw <- purchase(ctx, client(t), p.URL(), "k") }()
		eventually(t, "the request to hang", func() bool { return p.Counts().Requests == 1 && s.times("k") == acts })
		cancel()
		if sees := <-saw; sees != "gone" || s.times("k") != acts {
			t.Errorf("%s: the client sees %q and the service acts %d times, want %q and %d", fault, sees, s.times("k"), "gone", acts)
		}
	}
}

func TestCloseCutsOffWhatHangs(t *testing.T) {
	s := serve(t, nil)
	p := proxyOf(t, s, Window{Fault: Hang, Probability: 1})
	saw := make(chan string)
	go func() { saw <- purchase(t.Context(), client(t), p.URL(), "k") }()
	eventually(t, "the request to hang", func() bool { return p.Counts().Requests == 1 })
	if err := p.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if sees := <-saw; sees != "EOF" {
		t.Errorf("the client of a closed proxy sees %q, want EOF", sees)
	}
	if sees := purchase(t.Context(), client(t), p.URL(), "k"); sees != "refused" {
		t.Errorf("the next client sees %q, want refused", sees)
	}
}

func TestUnavailableIsAProblem(t *testing.T) {
	p := proxyOf(t, serve(t, nil), Window{Fault: Unavailable, Probability: 1, RetryAfter: 2 * time.Second})
	resp, err := client(t).Post(p.URL()+"/purchase", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var problem struct {
		Status int    `json:"status"`
		Code   string `json:"code"`
	}
	if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil || problem.Status != 503 || problem.Code != "overloaded" {
		t.Errorf("the body is %+v, %v; want the contract's problem", problem, err)
	}
	if got := resp.Header.Get("Retry-After"); got != "2" {
		t.Errorf("Retry-After is %q, want 2", got)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type is %q", got)
	}
}

// TestOnlyPurchasesAreTouched sends through a proxy that drops every purchase.
func TestOnlyPurchasesAreTouched(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		body         string
		mark         string
		passes       bool
	}{
		{"GET", "/health", "", "", true},
		{"GET", "/orders?after=a%2Fb&limit=1", "", "", true},
		{"GET", "/orders/a%2Fb", "", "", true},
		{"PUT", "/lab/scenario", "{}", "", true},
		{"GET", "/purchase", "", "", true},
		{"POST", "/purchase/", "{}", "", true},
		{"POST", "/refund", "{}", "", true},
		{"POST", "/refund", "", "", true},
		{"POST", "/purchase", strings.Repeat(" ", MaxBody+1), "", true},
		{"POST", "/purchase", strings.Repeat(" ", MaxBody), "", false},
		{"POST", "/purchase?dry=1", "{}", "", false},
		{"POST", "/purchase", "", "", false},
		{"GET", "/orders", "", ";1", false},
		{"PUT", "/api/orders/x", "item=1", "k;1", false},
		{"POST", "/purchase", strings.Repeat(" ", MaxBody+1), "k;1", false},
		{"GET", "/orders", "", "k;0", true}, // no mark that can be read
		{"PUT", "/api/orders/x", "item=1", "k", true},
		{"POST", "/purchase", "{}", "k", false},
	} {
		var uri, body, mark string
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			uri, body, mark = r.RequestURI, string(b), r.Header.Get(AttemptHeader)
			io.WriteString(w, "hello")
		})
		p := proxyOf(t, s, Window{Fault: DropRequest, Probability: 1})
		req, err := http.NewRequest(tt.method, p.URL()+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		if tt.mark != "" {
			req.Header.Set(AttemptHeader, tt.mark)
		}
		resp, err := client(t).Do(req)
		if err != nil {
			if tt.passes || symptom(err) != "EOF" {
				t.Errorf("%s %s, mark %q: %v, want passes = %v", tt.method, tt.path, tt.mark, err, tt.passes)
			}
			continue
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !tt.passes || err != nil || string(got) != "hello" || uri != tt.path || body != tt.body || mark != "" {
			t.Errorf("%s %s, mark %q: got %q, %v; the service saw %q with %d bytes and the mark %q; want passes = %v with %d bytes and no mark", tt.method, tt.path, tt.mark, got, err, uri, len(body), mark, tt.passes, len(tt.body))
		}
	}
}

// raw sends text to address on a connection of its own and returns all that
// comes back.
func raw(t *testing.T, address, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(address, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(got)
}

// TestWhatPassesIsLeftAsItIs compares the bytes of requests and replies with and
// without the proxy between. They differ by the mark alone.
func TestWhatPassesIsLeftAsItIs(t *testing.T) {
	const mark = AttemptHeader + ": k;1\r\n"
	for _, answer := range []string{
		"HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Type: application/json\r\nIdempotent-Replayed: true\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n\r\n{}",
		"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\nRetry-After: 1\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
		"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: http://elsewhere.example/\r\n\r\n",
		"HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 503 Service Unavailable\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nxxxx",
	} {
		for _, request := range []string{
			"POST /purchase HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer x\r\nContent-Length: 2\r\nIdempotency-Key: k\r\nX-Forwarded-For: 1.2.3.4\r\nX-Two: a\r\nX-Two: b\r\n\r\n{}",
			"POST /purchase HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nIdempotency-Key: k\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
			"POST /purchase HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\nIdempotency-Key: k\r\n\r\n",
			"GET /orders/a%2Fb?x=%zz;y HTTP/1.1\r\nHost: HOST\r\nAccept-Encoding: br\r\n\r\n",
			"PUT /api/orders/a%2Fb?x=%zz;y HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\nContent-Type: application/x-www-form-urlencoded\r\n" + mark + "X-Two: a\r\nX-Two: b\r\n\r\na=b;c",
		} {
			address, asked := scripted(t, answer)
			p := proxyOf(t, &service{Server: &httptest.Server{URL: address}})
			// the proxy's client asks for the end of the connection, to read to it
			got := raw(t, p.URL(), strings.Replace(request, "\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1))
			want := lines(answer)
			if g := lines(strings.Replace(got, "Connection: close\r\n", "", 1)); !slices.Equal(g, want) {
				t.Errorf("reply through the proxy %q, want %q", g, want)
			}
			sent := lines(strings.ReplaceAll(strings.Replace(request, mark, "", 1), "HOST", strings.TrimPrefix(address, "http://")))
			if g := lines(strings.Replace(<-asked, "Connection: close\r\n", "", 1)); !slices.Equal(g, sent) {
				t.Errorf("request through the proxy %q, want %q", g, sent)
			}
		}
	}
}

// lines are those of a message, its headers sorted: their order has no meaning.
func lines(message string) []string {
	head, body, _ := strings.Cut(message, "\r\n\r\n")
	l := strings.Split(head, "\r\n")
	slices.SortStableFunc(l[1:], func(a, b string) int {
		return strings.Compare(strings.SplitN(a, ":", 2)[0], strings.SplitN(b, ":", 2)[0])
	})
	return append(l, body)
}

// scripted serves one connection: it sends answer when it has read a request,
// whose bytes it hands over.
func scripted(t *testing.T, answer string) (address string, asked <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		var b strings.Builder
		req, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &b)))
		if err != nil {
			got <- err.Error()
			return
		}
		io.Copy(io.Discard, req.Body)
		io.WriteString(conn, answer)
		got <- b.String()
	}()
	return "http://" + l.Addr().String(), got
}

// TestExpectation: a service that does not implement Expect gets the body all the
// same, because the proxy answers 100 Continue itself.
func TestExpectation(t *testing.T) {
	address, asked := scripted(t, "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n")
	p := proxyOf(t, &service{Server: &httptest.Server{URL: address}})
	got := raw(t, p.URL(), "POST /purchase HTTP/1.1\r\nHost: h\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}")
	if sent := <-asked; !strings.Contains(got, "201 Created") || strings.Contains(sent, "Expect") || !strings.HasSuffix(sent, "\r\n\r\n{}") {
		t.Errorf("the client got %q and the service %q, want an answer and the body", got, sent)
	}
}

func TestKeyOf(t *testing.T) {
	for _, tt := range []struct {
		header []string
		body   string
		want   string
	}{
		{nil, `{}`, ""},
		{nil, `{"idempotency_key": "b"}`, "b"},
		{[]string{"h"}, `{"idempotency_key": "b"}`, "h"},
		{[]string{"", "h"}, `{"idempotency_key": "b"}`, "h"},
		{nil, `{"idempotency_key": 7}`, ""},
		{nil, `{"idempotency_key": "b"`, ""},
		{nil, "\xff", ""},
	} {
		if got := keyOf(http.Header{"Idempotency-Key": tt.header}, []byte(tt.body)); got != tt.want {
			t.Errorf("keyOf(%q, %q) = %q, want %q", tt.header, tt.body, got, tt.want)
		}
	}
}

// TestNothingIsSentTwice has a service that reads a second request on each
// connection and closes it without an answer: net/http would send that again.
func TestNothingIsSentTwice(t *testing.T) {
	for _, request := range []struct{ method, path, body, mark string }{
		{"POST", "/purchase", "{}", ""}, {"POST", "/purchase", "", ""}, {"GET", "/orders", "", ""}, {"PUT", "/lab/scenario", "{}", ""}, {"PUT", "/lab/scenario", "", ""},
		{"PUT", "/api/orders/x", "item=1", "k;1"}, {"GET", "/buy", "", "k;1"},
	} {
		var hits atomic.Int64
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if hits.Add(1)%2 == 0 {
				panic(http.ErrAbortHandler)
			}
		})
		p := proxyOf(t, s)
		for n := range 6 {
			req, err := http.NewRequest(request.method, p.URL()+request.path, io.NopCloser(strings.NewReader(request.body)))
			if err != nil {
				t.Fatal(err)
			}
			req.ContentLength = int64(len(request.body))
			req.Header.Set("Idempotency-Key", "k")
			if request.mark != "" {
				req.Header.Set(AttemptHeader, request.mark)
			}
			one := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			resp, err := one.Do(req)
			if err == nil {
				resp.Body.Close()
			}
			if (err == nil) != (n%2 == 0) || hits.Load() != int64(n+1) {
				t.Fatalf("%s %s with body %q, number %d: %v, and the service was hit %d times; want every second to fail, and a hit each", request.method, request.path, request.body, n, err, hits.Load())
			}
		}
		if request.path == "/purchase" || request.mark != "" {
			want := Counts{Requests: 6, Passed: 3, Faults: map[Kind]int{Failed: 3}}
			if got := p.Counts(); !reflect.DeepEqual(got, want) {
				t.Errorf("counts %+v, want %+v", got, want)
			}
		}
	}
}

func TestServiceFailsByItself(t *testing.T) {
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "half")
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	drop := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for _, tt := range []struct {
		name    string
		answer  http.HandlerFunc
		windows []Window
		sees    string
		faults  map[Kind]int
	}{
		{"dropped", drop, nil, "EOF", map[Kind]int{Failed: 1}},
		{"cut", cut, nil, "unexpected EOF", map[Kind]int{}},
		{"dropped, to be dropped", drop, []Window{{Fault: DropReply, Probability: 1}}, "EOF", map[Kind]int{DropReply: 1, Failed: 1}},
		{"dropped, to be doubled", drop, []Window{{Fault: Duplicate, Probability: 1}}, "EOF", map[Kind]int{Duplicate: 1, Failed: 1}},
		{"dropped, to be slow", drop, []Window{{Fault: Slow, Probability: 1, Delay: 1}}, "EOF", map[Kind]int{Slow: 1, Failed: 1}},
	} {
		p := proxyOf(t, serve(t, tt.answer), tt.windows...)
		if sees := purchase(t.Context(), client(t), p.URL(), "k"); sees != tt.sees {
			t.Errorf("%s: the client sees %q, want %q", tt.name, sees, tt.sees)
		}
		if got := p.Counts().Faults; !reflect.DeepEqual(got, tt.faults) {
			t.Errorf("%s: counted %v, want %v", tt.name, got, tt.faults)
		}
	}
	s := serve(t, nil)
	p := proxyOf(t, s)
	s.Close()
	if sees := purchase(t.Context(), client(t), p.URL(), "k"); sees != "EOF" || p.Counts().Faults[Failed] != 1 {
		t.Errorf("a service that is down shows as %q, counts %+v; want EOF, and counted", sees, p.Counts())
	}
}

// TestSameSeedThroughSockets sends the purchases of two runs from many workers at
// once, three attempts of each, and compares what was done to them.
func TestSameSeedThroughSockets(t *testing.T) {
	s := serve(t, nil)
	p := proxyOf(t, s)
	c := client(t)
	run := func(seed uint64, millis int64) (all []string) {
		plan := Plan{Seed: seed, Windows: []Window{{To: time.Hour, Fault: DropReply, Probability: 0.3}, {To: time.Hour, Fault: Unavailable, Probability: 0.2}}}
		if err := p.Start(plan, time.Now()); err != nil {
			t.Fatal(err)
		}
		var next atomic.Int64
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for n := int(next.Add(1)); n <= 100; n = int(next.Add(1)) {
					for range 3 {
						purchase(t.Context(), c, p.URL(), v7(millis, n))
					}
				}
			})
		}
		wg.Wait()
		for _, e := range p.Events() {
			all = append(all, fmt.Sprint(keyed.Stable(e.Key), " ", e.Seen, " ", e.Fault, " ", e.Window))
		}
		slices.Sort(all)
		if n := p.Counts(); n.Requests != 300 || n.Passed+len(all) != 300 {
			t.Errorf("counts %+v with %d events, want 300 requests", n, len(all))
		}
		return all
	}
	first := run(7, 1_700_000_000_000)
	if second := run(7, 1_800_000_000_000); !slices.Equal(first, second) {
		t.Errorf("the same seed did other faults: %d and %d events", len(first), len(second))
	}
	if other := run(8, 1_700_000_000_000); slices.Equal(first, other) {
		t.Error("another seed did the same faults")
	}
	if n := len(first); n < 105 || n > 159 { // 0.3 + 0.7 × 0.2 = 0.44 of 300, ± 3 standard deviations
		t.Errorf("%d of 300 requests were taken, want about 132", n)
	}
}

func TestBasePathAndBadAddresses(t *testing.T) {
	s := serve(t, nil)
	p, err := NewProxy(Service{Address: s.URL + "/shop/v1/purchase"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	purchase(t.Context(), client(t), p.URL(), "k")
	if want := []string{"POST /shop/v1/purchase"}; !slices.Equal(s.order, want) {
		t.Errorf("the service saw %q, want %q", s.order, want)
	}
	for _, bad := range []string{"", "127.0.0.1:8000", "ftp://127.0.0.1", "http://", "http://a:b@127.0.0.1", "http://127.0.0.1/?a", "http://10.0.0.1", "http://localhost.example", "http://\x00"} {
		if _, err := NewProxy(Service{Address: bad}); err == nil {
			t.Errorf("NewProxy(%q) has no fault", bad)
		}
		if _, err := NewWire(Service{Address: bad}); err == nil {
			t.Errorf("NewWire(%q) has no fault", bad)
		}
	}
	allowed, err := NewProxy(Service{Address: "http://shop.example", AllowedHosts: []string{"shop.example"}})
	if err != nil {
		t.Fatalf("a host that is allowed is refused: %v", err)
	}
	allowed.Close()
}

func TestStartRefusesBadPlans(t *testing.T) {
	p := proxyOf(t, serve(t, nil))
	if err := p.Start(Plan{Windows: []Window{{}}}, time.Now()); err == nil {
		t.Error("Start takes a plan that is not valid")
	}
}

func TestEndOpensTheWay(t *testing.T) {
	p := proxyOf(t, serve(t, nil), Window{Fault: DropReply, Probability: 1})
	c := client(t)
	before := purchase(t.Context(), c, p.URL(), "k")
	p.End()
	if after := purchase(t.Context(), c, p.URL(), "k"); before != "EOF" || after != "201 Created" {
		t.Errorf("before and after End the client sees %q and %q, want EOF and 201 Created", before, after)
	}
}
