package retry

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// recorder notes the attempts of one operation, whose context it is. So it
// travels from Client to transport, which is the only place that sees every
// attempt: resty's hooks fire after failures only.
type recorder struct {
	context.Context
	operation Operation
	body      func(key string) []byte // nil for a request without a body
	newKey    bool
	planned   time.Duration // the wait before the next attempt
	why       string        // why there is no next attempt
	ended     time.Time     // of the last attempt
	sent      bool          // whether the attempt under way got a connection
	trace     httptrace.ClientTrace
	room      [1]Attempt // for most operations all that it takes
}

// newRecorder is one for an operation under key; its context is still to be set.
func newRecorder(key string) *recorder {
	rec := &recorder{operation: Operation{Key: key}}
	rec.operation.Attempts = rec.room[:0]
	rec.trace.GotConn = func(httptrace.GotConnInfo) { rec.sent = true } // called by RoundTrip itself
	return rec
}

type recorderKey struct{}

// Value is the recorder itself under its key.
func (r *recorder) Value(key any) any {
	if key == (recorderKey{}) {
		return r
	}
	return r.Context.Value(key)
}

func recorderOf(ctx context.Context) *recorder {
	r, _ := ctx.Value(recorderKey{}).(*recorder)
	return r
}

// transport is the http.RoundTripper under resty: it bounds and records each
// attempt, and reads the whole answer within it, so that a latency is one of a
// complete answer.
type transport struct {
	base    http.RoundTripper
	timeout time.Duration
	limit   int64
}

// RoundTrip sends one attempt. The answer that it returns has no body: the
// recorded attempt has it.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	operation := req.Context()
	rec := recorderOf(operation)
	a := Attempt{Number: len(rec.operation.Attempts) + 1, Key: rec.operation.Key, PlannedWait: rec.planned}
	if a.Number > 1 && rec.newKey {
		a.Key = NewKey()
	}
	ctx, cancel := context.WithTimeout(operation, t.timeout)
	defer cancel()
	req = withKey(req.WithContext(ctx), a.Key, rec.body)

	rec.sent = false
	a.Start = time.Now()
	if a.Number > 1 {
		a.Wait = a.Start.Sub(rec.ended)
	}
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		err = a.read(resp, t.limit)
	}
	rec.ended = time.Now()
	a.Latency, a.Sent = rec.ended.Sub(a.Start), rec.sent
	if err != nil {
		a.Class, a.Err = classify(err, operation, ctx), err
	}
	rec.operation.Attempts = append(rec.operation.Attempts, a)
	if err != nil {
		return nil, err
	}
	resp.Body = http.NoBody
	return resp, nil
}

// withKey gives a request, which is ours already, the key and a body that
// net/http cannot rewind: it would else send a POST with an Idempotency-Key a
// second time by itself when a reused connection dies, an attempt that nobody
// records.
func withKey(req *http.Request, key string, body func(string) []byte) *http.Request {
	if body == nil {
		return req
	}
	b := body(key)
	req.Header["Idempotency-Key"] = []string{key} // of a map that resty made for this attempt
	req.ContentLength, req.GetBody = int64(len(b)), nil
	// of types that net/http knows: it would send the header of any other first,
	// with a system call of its own
	req.Body = io.NopCloser(bytes.NewReader(b))
	return req
}

// read takes the answer in, limit bytes of body at most.
func (a *Attempt) read(resp *http.Response, limit int64) error {
	defer resp.Body.Close()
	a.Status = resp.StatusCode
	a.Type = resp.Header.Get("Content-Type")
	a.Replayed = resp.Header.Get("Idempotent-Replayed") == "true"
	switch {
	case resp.ContentLength > limit:
		return errTooLarge
	case resp.ContentLength >= 0:
		a.Body = make([]byte, resp.ContentLength)
		n, err := io.ReadFull(resp.Body, a.Body)
		a.Body = a.Body[:n]
		return err
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if n > limit {
		return errTooLarge
	}
	a.Body = buf.Bytes()
	return err
}
