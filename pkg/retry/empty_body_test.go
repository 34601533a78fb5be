package retry

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// rawService answers each request with 201 after it has read exactly the header and as many
// bytes as Content-Length says, as a service without a reader of chunks does. It passes on the
// headers, and drops every second request on a connection where drop is set.
func rawService(t *testing.T, drop bool) (address string, headers chan string, sent *atomic.Int64) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	headers, sent = make(chan string, 100), new(atomic.Int64)
	serve := func(c net.Conn) {
		defer c.Close()
		in := bufio.NewReader(c)
		for n := 1; ; n++ {
			var head strings.Builder
			for !strings.HasSuffix(head.String(), "\r\n\r\n") {
				line, err := in.ReadString('\n')
				if err != nil {
					return
				}
				head.WriteString(line)
			}
			sent.Add(1)
			headers <- head.String()
			if drop && n == 2 {
				return
			}
			io.WriteString(c, "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
		}
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serve(c)
		}
	}()
	return "http://" + l.Addr().String(), headers, sent
}

// TestNoBodyIsOfLengthZero: services that do not read chunks take the "0\r\n\r\n" of an empty
// body in chunks for the next request.
func TestNoBodyIsOfLengthZero(t *testing.T) {
	for _, standard := range []bool{false, true} {
		address, headers, _ := rawService(t, false)
		c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Standard: standard})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for _, r := range []Request{
			{Path: "/reset"}, {Path: "/reset", Body: []byte{}}, {Method: http.MethodPut}, {Method: http.MethodPatch}, Request{}.WithKey("k"),
			{Method: http.MethodDelete, Body: []byte{}}, Get("/orders"),
		} {
			o := c.Send(t.Context(), address, r)
			if o.Err != nil || len(o.Attempts) != 1 || o.Last().Status != 201 {
				t.Fatalf("standard %v, %+v: %v", standard, r, o.Err)
			}
			head := <-headers
			if zero := takesBody(r.method()); strings.Contains(head, "\r\nContent-Length: 0\r\n") != zero || strings.Contains(strings.ToLower(head), "transfer-encoding") {
				t.Errorf("standard %v, %+v came as %q", standard, r, head)
			}
			if key := len(r.Headers) > 0; strings.Contains(strings.ToLower(head), "\r\nidempotency-key: k\r\n") != key {
				t.Errorf("standard %v, %+v: key %v expected in %q", standard, r, key, head)
			}
		}
	}
}

// TestNoBodyIsNotSentTwice: net/http would send a request without a body again by itself when it
// has an idempotency key and a reused connection dies.
func TestNoBodyIsNotSentTwice(t *testing.T) {
	for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
		for _, standard := range []bool{false, true} {
			address, _, sent := rawService(t, true)
			c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}, Standard: standard})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for n := range 6 {
				o := c.Send(t.Context(), address, Request{Path: "/pay"}.With(name, "k"))
				if (o.Err == nil) != (n%2 == 0) || sent.Load() != int64(n+1) {
					t.Fatalf("standard %v, number %d: %v, and %d requests came; want every second to fail, and one each", standard, n, o.Err, sent.Load())
				}
			}
		}
	}
}
