package h1

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// endpoint is where connections lead.
type endpoint struct {
	secure bool
	addr   string // host:port
}

// endpointOf returns where u leads; ok is false for what is not http or https.
func endpointOf(u *url.URL) (at endpoint, ok bool) {
	if u == nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return at, false
	}
	at = endpoint{secure: u.Scheme == "https", addr: u.Host}
	if u.Port() == "" {
		port := "80"
		if at.secure {
			port = "443"
		}
		at.addr = net.JoinHostPort(u.Hostname(), port)
	}
	return at, true
}

// accepts reports whether t itself sends req, and where to. It accepts only what
// it writes exactly as net/http does, so that the standard transport refuses what
// is malformed: nothing in a request that it writes can end a line.
func (t *Transport) accepts(req *http.Request) (endpoint, bool) {
	at, ok := endpointOf(req.URL)
	switch {
	case !ok, req.URL.Opaque != "", !plainHost(req.URL.Host), !plainHost(req.Host):
		return at, false
	case strings.ContainsAny(req.URL.RawQuery, " \t"), !plainValue(req.URL.RawQuery): // the path is escaped
		return at, false
	case !plainMethod(req.Method), req.Close, len(req.TransferEncoding) > 0, len(req.Trailer) > 0:
		return at, false
	case req.ContentLength < 0, req.ContentLength > maxRequestBody:
		return at, false
	case req.ContentLength == 0 && req.Body != nil && req.Body != http.NoBody: // of unknown length
		return at, false
	case req.ContentLength > 0 && req.Body == nil:
		return at, false
	case !plainHeader(req.Header):
		return at, false
	}
	if t.proxy == nil {
		return at, true
	}
	via, err := t.proxy(req)
	return at, via == nil && err == nil
}

func plainMethod(m string) bool {
	for i := range len(m) {
		if m[i] < 'A' || m[i] > 'Z' {
			return false
		}
	}
	return m != http.MethodConnect
}

// plainHost reports whether host is a name, an IPv4 or an IPv6 address, with
// or without a port; names that are not ASCII, and zones, are not plain.
func plainHost(host string) bool {
	for i := range len(host) {
		switch c := host[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte(".-_:[]", c) >= 0:
		default:
			return false
		}
	}
	return true
}

func plainHeader(h http.Header) bool {
	if h == nil {
		return false
	}
	for name, values := range h {
		switch http.CanonicalHeaderKey(name) {
		case "Connection", "Expect", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "":
			return false
		}
		for i := range len(name) {
			if !tokenByte(name[i]) {
				return false
			}
		}
		for _, v := range values {
			if !plainValue(v) {
				return false
			}
		}
	}
	return true
}

func plainValue(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f { // what net/http refuses
			return false
		}
	}
	return true
}

// tokenByte reports whether c is a tchar of RFC 9110, section 5.6.2.
func tokenByte(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// appendRequest appends req, which was accepted, as it goes over the wire. It
// reads and closes the body.
func appendRequest(b []byte, req *http.Request) ([]byte, error) {
	defer closeBody(req)
	method, host := req.Method, req.Host
	if method == "" {
		method = http.MethodGet
	}
	if host == "" {
		host = req.URL.Host
	}
	b = append(append(b, method...), ' ')
	b = append(append(b, req.URL.RequestURI()...), " HTTP/1.1\r\nHost: "...)
	b = append(append(b, host...), "\r\n"...)
	b = appendHeader(b, req.Header)
	if req.ContentLength > 0 || method == http.MethodPost || method == http.MethodPut || method == http.MethodPatch {
		b = strconv.AppendInt(append(b, "Content-Length: "...), req.ContentLength, 10)
		b = append(b, "\r\n"...)
	}
	b = append(b, "\r\n"...)
	return appendBody(b, req)
}

// appendHeader appends the fields of h but Host and Content-Length, which
// appendRequest writes itself, as net/http does.
func appendHeader(b []byte, h http.Header) []byte {
	if _, given := h["User-Agent"]; !given {
		b = append(b, "User-Agent: Go-http-client/1.1\r\n"...)
	}
	for name, values := range h {
		switch http.CanonicalHeaderKey(name) {
		case "Host", "Content-Length":
			continue
		case "User-Agent":
			values = values[:min(1, len(values))]
			if len(values) == 0 || values[0] == "" {
				continue
			}
		}
		for _, v := range values {
			b = append(append(b, name...), ": "...)
			b = append(append(b, textproto.TrimString(v)...), "\r\n"...)
		}
	}
	return b
}

func appendBody(b []byte, req *http.Request) ([]byte, error) {
	if req.ContentLength == 0 {
		return b, nil
	}
	head, size := len(b), int(req.ContentLength)
	b = slices.Grow(b, size+1)[:head+size+1] // one more, to see that it ends there
	n, err := io.ReadFull(req.Body, b[head:])
	if n != size || err != io.ErrUnexpectedEOF {
		if err == nil || err == io.ErrUnexpectedEOF || err == io.EOF {
			err = fmt.Errorf("body of the request is not as long as its ContentLength of %d bytes", size)
		}
		return b[:head], err
	}
	return b[:head+size], nil
}
