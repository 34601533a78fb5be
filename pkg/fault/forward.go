package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/textproto"
	"strings"
)

// body is what a request carries. all is nil when it is too large to be held;
// rest then is the whole of it, as a stream.
type body struct {
	all  []byte
	rest io.Reader
}

// readBody takes a purchase's body in.
func readBody(r *http.Request) (body, error) {
	if r.ContentLength > MaxBody {
		return body{rest: r.Body}, nil
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return body{}, err
	}
	if n > MaxBody {
		return body{rest: io.MultiReader(&b, r.Body)}, nil
	}
	return body{all: append([]byte{}, b.Bytes()...)}, nil
}

// keyOf is the idempotency key of a purchase, in its header or its body, "" when
// it has none.
func keyOf(header http.Header, text []byte) string {
	for _, k := range header.Values("Idempotency-Key") {
		if k != "" {
			return k
		}
	}
	var b struct {
		Key string `json:"idempotency_key"`
	}
	if json.Unmarshal(text, &b) != nil {
		return "" // not ours to judge: the service will
	}
	return b.Key
}

// forward sends r to the service once. What it returns has a Body to be closed.
func (p *Proxy) forward(ctx context.Context, r *http.Request, b body) (*http.Response, error) {
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host = p.target.Scheme, p.target.Host
	out.URL.Path = p.target.Path + r.URL.Path
	out.URL.RawPath = p.target.EscapedPath() + r.URL.EscapedPath() // an escaped slash is not a slash
	out.Host, out.RequestURI, out.Close, out.GetBody = "", "", false, nil
	removeHopByHop(out.Header)
	out.Header.Del("Expect") // has been met: the body is read, or will be at once
	if _, given := out.Header["User-Agent"]; !given {
		out.Header["User-Agent"] = nil // else net/http adds its own
	}
	if b.all != nil {
		b.rest = bytes.NewReader(b.all)
	}
	if r.ContentLength == 0 || b.rest == nil {
		out.Body = nil
		return p.alone.RoundTrip(out)
	}
	// NopCloser hides what kind of reader it is, so that nothing can rewind it
	out.Body = io.NopCloser(b.rest)
	return p.reusing.RoundTrip(out)
}

// relay returns the service's reply as it is. It panics with ErrAbortHandler,
// which closes the connection, when the reply breaks off.
func relay(w http.ResponseWriter, resp *http.Response) {
	defer resp.Body.Close()
	h := w.Header()
	for name, values := range resp.Header {
		h[name] = values
	}
	removeHopByHop(h)
	for _, name := range []string{"Date", "Content-Type"} {
		if _, given := h[name]; !given {
			h[name] = nil // else net/http adds its own
		}
	}
	w.WriteHeader(resp.StatusCode)
	if resp.ContentLength < 0 {
		_ = http.NewResponseController(w).Flush() // else a short body would get a Content-Length
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		_ = http.NewResponseController(w).Flush() // what came is passed on
		panic(http.ErrAbortHandler)
	}
}

// swallow reads a reply to its end, for nobody: once it has come the service has
// acted. It reports whether it came.
func swallow(resp *http.Response, err error) bool {
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return err == nil
}

// removeHopByHop removes the headers that belong to one connection (RFC 9110, 7.6.1).
func removeHopByHop(h http.Header) {
	for _, field := range h["Connection"] {
		for name := range strings.SplitSeq(field, ",") {
			h.Del(textproto.TrimString(name))
		}
	}
	for _, name := range []string{"Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Te", "Trailer", "Transfer-Encoding", "Upgrade"} {
		h.Del(name)
	}
}
