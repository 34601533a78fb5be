package fault

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
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

// readPurchase reads the body of a purchase, and which attempt at it r is: by its mark, or by
// the purchase API's contract. Of another request it returns the body as a stream. It panics
// with ErrAbortHandler when the client closes the connection.
func readPurchase(r *http.Request) (m AttemptMark, b requestBody, isPurchase bool) {
	m, marked := MarkOf(r.Header)
	limit := int64(MaxBody)
	switch {
	case marked:
		limit = math.MaxInt64 - 1
	case r.Method != http.MethodPost || r.URL.Path != purchasePath:
		return m, requestBody{stream: r.Body}, false
	}
	b, err := readBody(r, limit)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if b.held != nil && !marked {
		m.Key = keyOf(r.Header, b.held)
	}
	return m, b, b.held != nil
}

// readBody reads the body of a purchase, unless it is larger than limit.
func readBody(r *http.Request, limit int64) (requestBody, error) {
	if r.ContentLength > limit {
		return requestBody{stream: r.Body}, nil
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return requestBody{}, err
	}
	if n > limit {
		return requestBody{stream: io.MultiReader(&b, r.Body)}, nil
	}
	return requestBody{held: append([]byte{}, b.Bytes()...)}, nil
}

// keyOf returns the idempotency key of a POST /purchase without a mark, from its header or its
// body, "" when it has none.
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
	out.Header.Del(AttemptHeader)
	out.Header.Del(CallHeader)
	out.Header.Del("Expect") // has been met: the body is read, or will be at once
	if _, given := out.Header["User-Agent"]; !given {
		out.Header["User-Agent"] = nil // otherwise net/http adds its own
	}
	if b.held != nil && len(b.held) == 0 {
		out.ContentLength, out.TransferEncoding = 0, nil // also where it came in chunks
	} else if b.held != nil {
		b.stream = bytes.NewReader(b.held)
	}
	if out.ContentLength == 0 || b.stream == nil {
		out.Body = nil
		return p.send(p.singleUse, out)
	}
	// NopCloser hides what kind of reader it is, so that nothing can rewind it
	out.Body = io.NopCloser(b.stream)
	return p.send(p.keepAlive, out)
}

// send sends a request and notes the status of the reply.
func (p *Proxy) send(t *http.Transport, out *http.Request) (*http.Response, error) {
	resp, err := t.RoundTrip(out)
	if err == nil {
		noteReply(out.Context(), resp)
	}
	return resp, err
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
