package retry

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestRequestsAsSent: method, path, headers and body of each, on connections and in headers
// that the one before has used.
func TestRequestsAsSent(t *testing.T) {
	type seen struct{ method, uri, contentType, key, other, body string }
	var got seen
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got = seen{r.Method, r.RequestURI, strings.Join(r.Header.Values("Content-Type"), ","), strings.Join(r.Header.Values("Idempotency-Key"), ","), strings.Join(r.Header.Values("X-Request-Id"), ","), string(body)}
		w.Header().Set("X-Token", "t1")
	}))
	defer server.Close()
	for _, standard := range []bool{false, true} {
		c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Standard: standard, Header: http.Header{"X-Request-Id": {"of the config"}}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		form := PostForm("/v1/intents", url.Values{"amount": {"12"}})
		for _, tt := range []struct {
			request Request
			want    seen
		}{
			{Request{Path: "/a", Body: []byte("{}")}.WithKey("k"), seen{"POST", "/api/a", "application/json", "k", "of the config", "{}"}},
			{Get("/b?x=%20y"), seen{"GET", "/api/b?x=%20y", "", "", "of the config", ""}},
			{form.With("x-request-id", "own").WithKey("k 2"), seen{"POST", "/api/v1/intents", "application/x-www-form-urlencoded", "k 2", "own", "amount=12"}},
			{Request{Path: "/c", Body: []byte("[]")}, seen{"POST", "/api/c", "application/json", "", "of the config", "[]"}},
			{Request{}.With("X-Request-Id", ""), seen{"POST", "/api", "", "", "of the config", ""}},
			{Request{Method: "DELETE", Path: "?all"}.WithKey("ä"), seen{"DELETE", "/api?all", "", "", "of the config", ""}},
			{Request{Method: "PUT", Path: "/d%2Fe", Body: []byte("x"), Type: "text/plain"}, seen{"PUT", "/api/d%2Fe", "text/plain", "", "of the config", "x"}},
		} {
			o := c.Send(t.Context(), server.URL+"/api", tt.request)
			if o.Err != nil || got != tt.want || o.Last().Header.Get("X-Token") != "t1" {
				t.Errorf("standard %v, %+v came as %+v, want %+v (%v, header %v)", standard, tt.request, got, tt.want, o.Err, o.Last().Header)
			}
		}
	}
}

// TestHostAndUser: a header Host of the config is the host of requests, and the user and
// password of an address are sent unless a header says otherwise.
func TestHostAndUser(t *testing.T) {
	var host, authorization string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		host, authorization = r.Host, r.Header.Get("Authorization")
	}))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	for _, tt := range []struct {
		header              http.Header
		user                string
		host, authorization string
	}{
		{nil, "", address, ""},
		{http.Header{"Host": {"shop.test"}}, "", "shop.test", ""},
		{nil, "ann:secret@", address, "Basic YW5uOnNlY3JldA=="},
		{http.Header{"Authorization": {"Bearer t"}}, "ann:secret@", address, "Bearer t"},
	} {
		for _, standard := range []bool{false, true} {
			c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Standard: standard, Header: tt.header})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			o := c.Post(t.Context(), "http://"+tt.user+address, "k", func(string) []byte { return []byte("{}") })
			if o.Err != nil || host != tt.host || authorization != tt.authorization {
				t.Errorf("standard %v, header %v, user %q: host %q, authorization %q, want %q and %q (%v)", standard, tt.header, tt.user, host, authorization, tt.host, tt.authorization, o.Err)
			}
		}
	}
}

// TestRequestsThatAreRefused before a byte of them is sent.
func TestRequestsThatAreRefused(t *testing.T) {
	for says, r := range map[string]Request{
		`the path "@evil.test/" does not begin with / or ?`:                 {Path: "@evil.test/"},
		`the path "a" does not begin`:                                       {Path: "a"},
		`"GE T" is not an HTTP method`:                                      {Method: "GE T"},
		`"X:Y" is not the name of a header`:                                 Get("/").With("X:Y", "v"),
		`the value of the header X-Id has the control character '\r'`:       Get("/").With("X-Id", "a\r\nHost: evil"),
		`invalid URL escape "%zz"`:                                          Get("/%zz"),
		`net/url: invalid control character in URL`:                         Get("/a\nb"),
		`the value of the header Idempotency-Key has the control character`: Get("/").With("Idempotency-Key", "\x00"),
	} {
		s := &script{answers: []answer{{status: 200}}}
		c, err := New(Config{Policy: Default(), Base: s})
		if err != nil {
			t.Fatal(err)
		}
		o := c.Send(t.Context(), "http://127.0.0.1:1", r)
		if len(s.seen) != 0 || len(o.Attempts) != 0 || o.Err == nil || !strings.Contains(o.Err.Error(), says) {
			t.Errorf("%+v: %d sent, %v; want none and %q", r, len(s.seen), o.Err, says)
		}
	}
}

// breaksOff sends one request, and has none for the second attempt.
type breaksOff struct {
	fixed
	ended []int
}

func (b *breaksOff) Request(number int, key string) (Request, error) {
	if number > 1 {
		return Request{}, errors.New("no second one")
	}
	return b.request, nil
}

func (b *breaksOff) Ended(a Attempt) Next {
	b.ended = append(b.ended, a.Number)
	return ByPolicy
}

// TestNoRequestForARetry: the operation ends with the reason and the attempts that were made.
func TestNoRequestForARetry(t *testing.T) {
	p := Default()
	p.Backoff = Backoff{}
	c, err := New(Config{Policy: p, Base: &script{answers: []answer{{status: 503}}}})
	if err != nil {
		t.Fatal(err)
	}
	x := &breaksOff{}
	o := c.Do(t.Context(), "http://127.0.0.1:1", "k", x)
	if len(o.Attempts) != 1 || len(x.ended) != 1 || o.Err == nil || !strings.Contains(o.Err.Error(), "no second one") {
		t.Errorf("%d attempts, %v ended, %v; want one, and why there is no second one", len(o.Attempts), x.ended, o.Err)
	}
}
