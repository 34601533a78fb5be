package h1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// parsed is a request as a server reads it.
type parsed struct {
	method, uri, host, body string
	header                  http.Header
}

func parse(t *testing.T, wire []byte) parsed {
	t.Helper()
	in := bufio.NewReader(bytes.NewReader(wire))
	r, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("%q is no request: %v", wire, err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || in.Buffered() > 0 {
		t.Fatalf("%q is not one request: %v, %d bytes after it", wire, err, in.Buffered())
	}
	return parsed{r.Method, r.RequestURI, r.Host, string(body), r.Header}
}

// A server reads the same of a Transport as of net/http, if it accepts the request.
func sameRequest(t *testing.T, build func() *http.Request) (taken bool) {
	t.Helper()
	if _, ok := New(1, NewStandard(1, nil)).accepts(build()); !ok {
		return false
	}
	got, err := appendRequest(nil, build())
	if err != nil {
		t.Fatalf("appendRequest: %v", err)
	}
	var want bytes.Buffer
	if err := build().Write(&want); err != nil {
		t.Fatalf("Transport writes %q, net/http refuses: %v", got, err)
	}
	g, w := parse(t, got), parse(t, want.Bytes())
	if g.method != w.method || g.uri != w.uri || g.host != w.host || g.body != w.body || !maps.EqualFunc(g.header, w.header, func(a, b []string) bool {
		return strings.Join(a, "\n") == strings.Join(b, "\n")
	}) {
		t.Errorf("Transport sends %+v, net/http %+v", g, w)
	}
	return true
}

func TestRequestsOnTheWire(t *testing.T) {
	for _, tt := range []struct {
		name   string
		taken  bool
		change func(*http.Request)
	}{
		{"plain", true, func(r *http.Request) {}},
		{"query", true, func(r *http.Request) { r.URL.RawQuery = "a=b&c=%20d" }},
		{"empty query", true, func(r *http.Request) { r.URL.ForceQuery = true }},
		{"path to escape", true, func(r *http.Request) { r.URL.Path = "/a b/\r\nX: 1/ü" }},
		{"no path", true, func(r *http.Request) { r.URL.Path = "" }},
		{"user", true, func(r *http.Request) { r.URL.User = url.UserPassword("u", "p") }},
		{"other host", true, func(r *http.Request) { r.Host = "shop.test:81" }},
		{"own user agent", true, func(r *http.Request) { r.Header.Set("User-Agent", "sagalab") }},
		{"no user agent", true, func(r *http.Request) { r.Header["User-Agent"] = []string{""} }},
		{"nil user agent", true, func(r *http.Request) { r.Header["User-Agent"] = nil }},
		{"values trimmed", true, func(r *http.Request) { r.Header["A"] = []string{" b\t", "c"} }},
		{"Latin-1 value", true, func(r *http.Request) { r.Header["A"] = []string{"\xfc"} }},
		{"header Host and Content-Length", true, func(r *http.Request) { r.Header["Host"], r.Header["Content-Length"] = []string{"x"}, []string{"99"} }},
		{"PUT", true, func(r *http.Request) { r.Method = "PUT" }},
		{"no method", true, func(r *http.Request) { r.Method, r.Body, r.ContentLength = "", nil, 0 }},
		{"empty POST", true, func(r *http.Request) { r.Body, r.ContentLength = http.NoBody, 0 }},
		{"GET", true, func(r *http.Request) { r.Method, r.Body, r.ContentLength = "GET", nil, 0 }},
		{"DELETE", true, func(r *http.Request) { r.Method, r.Body, r.ContentLength = "DELETE", nil, 0 }},
		{"IPv6", true, func(r *http.Request) { r.URL.Host = "[::1]:80"; r.Host = "" }},

		{"injected value", false, func(r *http.Request) { r.Header["A"] = []string{"b\r\nC: d"} }},
		{"LF in a value", false, func(r *http.Request) { r.Header["A"] = []string{"b\nC: d"} }},
		{"NUL in a value", false, func(r *http.Request) { r.Header["A"] = []string{"b\x00"} }},
		{"injected name", false, func(r *http.Request) { r.Header["A: b\r\nC"] = []string{"d"} }},
		{"empty name", false, func(r *http.Request) { r.Header[""] = []string{"d"} }},
		{"colon in a name", false, func(r *http.Request) { r.Header["A:"] = []string{"d"} }},
		{"injected method", false, func(r *http.Request) { r.Method = "GET / HTTP/1.1\r\n" }},
		{"injected host", false, func(r *http.Request) { r.Host = "a\r\nC: d" }},
		{"host with a path", false, func(r *http.Request) { r.Host = "a/b" }},
		{"injected query", false, func(r *http.Request) { r.URL.RawQuery = "a HTTP/1.1\r\nC: d" }},
		{"opaque", false, func(r *http.Request) { r.URL.Opaque = "//x/ HTTP/1.1\r\n" }},
		{"zone", false, func(r *http.Request) { r.URL.Host = "[fe80::1%eth0]" }},
		{"name in Unicode", false, func(r *http.Request) { r.URL.Host = "bücher.test" }},
		{"other scheme", false, func(r *http.Request) { r.URL.Scheme = "ftp" }},
		{"no host", false, func(r *http.Request) { r.URL.Host = "" }},
		{"no URL", false, func(r *http.Request) { r.URL = nil }},
		{"no header", false, func(r *http.Request) { r.Header = nil }},
		{"CONNECT", false, func(r *http.Request) { r.Method = "CONNECT" }},
		{"upgrade", false, func(r *http.Request) { r.Header.Set("Upgrade", "websocket") }},
		{"connection", false, func(r *http.Request) { r.Header["connection"] = []string{"close"} }},
		{"expect", false, func(r *http.Request) { r.Header.Set("Expect", "100-continue") }},
		{"encoding", false, func(r *http.Request) { r.Header["transfer-encoding"] = []string{"chunked"} }},
		{"close", false, func(r *http.Request) { r.Close = true }},
		{"chunked", false, func(r *http.Request) { r.TransferEncoding = []string{"chunked"} }},
		{"trailer", false, func(r *http.Request) { r.Trailer = http.Header{"A": nil} }},
		{"unknown length", false, func(r *http.Request) { r.ContentLength = -1 }},
		{"length not said", false, func(r *http.Request) { r.ContentLength = 0 }},
		{"length without a body", false, func(r *http.Request) { r.Body = nil }},
		{"too large to hold", false, func(r *http.Request) { r.ContentLength = maxRequestBody + 1 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sameRequest(t, func() *http.Request {
				r, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1:8000/purchase", strings.NewReader(`{"a":1}`))
				tt.change(r)
				return r
			}); got != tt.taken {
				t.Errorf("accepts = %v, want %v", got, tt.taken)
			}
		})
	}
}

// FuzzRequest looks for a request that a Transport would write in another way than
// net/http.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "h:80", "h", "/purchase", "a=b", "A", "b", "body")
	f.Add("GET", "0", "", "/", "\t", "0", "0", "0")
	f.Add("A", "h", "#", "/", "0", "0", "0", "0")
	f.Add("GET", "[::1]", "", "/a b", "", "User-Agent", " x ", "")
	f.Add("", "h", "x\r\n", "*", "\r\n", "A\r\n", "b\r\n", "\r\n")
	f.Fuzz(func(t *testing.T, method, to, host, path, query, name, value, body string) {
		build := func() *http.Request {
			r := &http.Request{Method: method, Host: host, URL: &url.URL{Scheme: "http", Host: to, Path: path, RawQuery: query}, Header: http.Header{name: {value}}}
			if body != "" {
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
			}
			return r
		}
		if (path != "" && path[0] != '/') || strings.HasPrefix(path, "//") {
			return // not of a URL that was parsed
		}
		if host == "" && to == "" {
			return
		}
		sameRequest(t, build)
	})
}

type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error { c.closed = true; return nil }

// A body that is not as long as promised is found out before anything is sent,
// and always closed.
func TestBodiesOfTheWrongLength(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name string
		body io.Reader
		want string
	}{
		{"short", strings.NewReader("abc"), "not as long"},
		{"empty", strings.NewReader(""), "not as long"},
		{"long", strings.NewReader("abcdef"), "not as long"},
		{"broken", io.MultiReader(strings.NewReader("ab"), broken{boom}), "boom"},
		{"broken at its end", io.MultiReader(strings.NewReader("abcde"), broken{boom}), "boom"},
		{"as promised", strings.NewReader("abcde"), ""},
		{"byte by byte", oneByOne{strings.NewReader("abcde")}, ""},
	} {
		body := &closing{Reader: tt.body}
		r, _ := http.NewRequest(http.MethodPost, "http://127.0.0.1/", body)
		r.ContentLength = 5
		_, err := appendRequest(nil, r)
		if !body.closed || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: closed %v, error %v; want closed, %q", tt.name, body.closed, err, tt.want)
		}
	}
}

type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

type oneByOne struct{ io.Reader }

func (o oneByOne) Read(p []byte) (int, error) { return o.Reader.Read(p[:min(1, len(p))]) }
