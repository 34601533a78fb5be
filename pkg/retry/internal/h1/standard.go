package h1

import (
	"crypto/tls"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"time"
)

// maxResponseHeader bounds the header of an answer, interim answers (1xx) included.
const maxResponseHeader = 1 << 20 // bytes

// NewStandard makes net/http's transport with the settings that a Transport has:
// at most n connections to a host, which it keeps (with the default of two idle
// ones, 50 virtual users open thousands), HTTP/1.1 only, as one connection for each
// virtual user is what a service sees of its users. config may be nil.
func NewStandard(n int, config *tls.Config) *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		MaxConnsPerHost:        n,
		MaxIdleConnsPerHost:    n,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true,
		Protocols:              protocols,
		TLSClientConfig:        config.Clone(),
		MaxResponseHeaderBytes: maxResponseHeader,
	}
}

// Standard is net/http's transport, made not to send a request with an idempotency key a second
// time when a reused connection dies: it does that by itself where there is no body.
type Standard struct{ *http.Transport }

// RoundTrip sends req.
func (s Standard) RoundTrip(req *http.Request) (*http.Response, error) {
	return s.Transport.RoundTrip(withoutRepetition(req))
}

// keyHeaders are the headers by which net/http finds a request safe to be sent again.
var keyHeaders = [...]string{"Idempotency-Key", "X-Idempotency-Key"}

// withoutRepetition returns req with such a header in lower case, which means the same to a
// service, and nothing to net/http. Requests with a body have none that it can rewind.
func withoutRepetition(req *http.Request) *http.Request {
	if req.Body != nil && req.Body != http.NoBody {
		return req
	}
	for _, name := range keyHeaders {
		values, given := req.Header[name]
		if !given {
			continue
		}
		other := *req
		other.Header = maps.Clone(req.Header)
		delete(other.Header, name)
		other.Header[strings.ToLower(name)] = values
		req = &other
	}
	return req
}

// sendOverStandard sends req over the standard transport, within the bound: it
// takes the place of one connection until its answer has been read.
func (t *Transport) sendOverStandard(req *http.Request) (*http.Response, error) {
	to, ok := endpointOf(req.URL)
	if !ok {
		return t.standard.RoundTrip(req) // which refuses it
	}
	h, c, err := t.acquire(req.Context(), to)
	if err != nil {
		closeBody(req)
		return nil, err
	}
	if c != nil {
		c.net.Close()
	}
	t.usedStandard.Store(true)
	resp, err := t.standard.RoundTrip(withoutRepetition(req))
	if err != nil {
		t.freePlace(h)
		return nil, err
	}
	resp.Body = onBodyEnd(resp.Body, func() { t.freePlace(h) })
	return resp, nil
}

// onBodyEnd returns body, made to call f once when it was read to its end or closed.
func onBodyEnd(body io.ReadCloser, f func()) io.ReadCloser {
	b := &endingBody{ReadCloser: body, ended: sync.OnceFunc(f)}
	if w, ok := body.(io.Writer); ok { // of a connection that was upgraded
		return struct {
			*endingBody
			io.Writer
		}{b, w}
	}
	return b
}

// endingBody calls ended at its end.
type endingBody struct {
	io.ReadCloser
	ended func()
}

// Read calls ended with the first error, io.EOF included.
func (b *endingBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		b.ended()
	}
	return n, err
}

// Close closes the body and calls ended.
func (b *endingBody) Close() error {
	defer b.ended()
	return b.ReadCloser.Close()
}
