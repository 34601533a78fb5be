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

// requestBody is the body of a request: held, or as a stream when it is too large to
// be held.
type requestBody struct {
	held   []byte // nil when it is too large
	stream io.Reader
}

// readBody reads the body of a purchase, unless it is larger than MaxBody.
func readBody(r *http.Request) (requestBody, error) {
	if r.ContentLength > MaxBody {
		return requestBody{stream: r.Body}, nil
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return requestBody{}, err
	}
	if n > MaxBody {
		return requestBody{stream: io.MultiReader(&b, r.Body)}, nil
	}
	return requestBody{held: append([]byte{}, b.Bytes()...)}, nil
}

// keyOf returns the idempotency key of a purchase, from its header or its body, ""
// when it has none.
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
		return "" // the service answers what is wrong with it
	}
	return b.Key
}

// forward sends r to the service once. What it returns has a Body to be closed.
func (p *Proxy) forward(ctx context.Context, r *http.Request, b requestBody) (*http.Response, error) {
	out := r.Clone(ctx)
	out.URL.Scheme, out.URL.Host = p.target.Scheme, p.target.Host
	out.URL.Path = p.target.Path + r.URL.Path
	out.URL.RawPath = p.target.EscapedPath() + r.URL.EscapedPath() // an escaped slash is not a slash
	out.Host, out.RequestURI, out.Close, out.GetBody = "", "", false, nil
	removeHopByHop(out.Header)
	out.Header.Del("Expect") // has been met: the body is read, or will be at once
	if _, given := out.Header["User-Agent"]; !given {
		out.Header["User-Agent"] = nil // otherwise net/http adds its own
	}
	if b.held != nil {
		b.stream = bytes.NewReader(b.held)
	}
	if r.ContentLength == 0 || b.stream == nil {
		out.Body = nil
		return p.singleUse.RoundTrip(out)
	}
	// NopCloser hides what kind of reader it is, so that nothing can rewind it
	out.Body = io.NopCloser(b.stream)
	return p.keepAlive.RoundTrip(out)
}

// copyReply returns the service's reply as it is. It panics with ErrAbortHandler,
// which closes the connection, when the reply breaks off.
func copyReply(w http.ResponseWriter, resp *http.Response) {
	defer resp.Body.Close()
	h := w.Header()
	for name, values := range resp.Header {
		h[name] = values
	}
	removeHopByHop(h)
	for _, name := range []string{"Date", "Content-Type"} {
		if _, given := h[name]; !given {
			h[name] = nil // otherwise net/http adds its own
		}
	}
	w.WriteHeader(resp.StatusCode)
	if resp.ContentLength < 0 {
		_ = http.NewResponseController(w).Flush() // otherwise a short body would get a Content-Length
	}
	if _, err := io.Copy(w, resp.Body); err != nil {
		_ = http.NewResponseController(w).Flush() // what came is passed on
		panic(http.ErrAbortHandler)
	}
}

// discardReply reads a reply to its end and drops it: once it has come the service
// has acted. It reports whether it came.
func discardReply(resp *http.Response, err error) bool {
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
