package retry

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptrace"
	"time"
)

// recorder notes the attempts of one operation. It travels in the request's
// context from Client to transport, which is the only place that sees every
// attempt: resty's hooks fire after failures only.
type recorder struct {
	operation Operation
	body      func(key string) []byte // nil for a request without a body
	newKey    bool
	planned   time.Duration // the wait before the next attempt
	why       string        // why there is no next attempt
	ended     time.Time     // of the last attempt
}

type recorderKey struct{}

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

// RoundTrip sends one attempt.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	operation := req.Context()
	rec := recorderOf(operation)
	a := Attempt{Number: len(rec.operation.Attempts) + 1, Key: rec.operation.Key, PlannedWait: rec.planned}
	if a.Number > 1 && rec.newKey {
		a.Key = NewKey()
	}
	ctx, cancel := context.WithTimeout(operation, t.timeout)
	defer cancel()
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { a.Sent = true },
	})
	req = withKey(req.WithContext(ctx), a.Key, rec.body)

	a.Start = time.Now()
	if a.Number > 1 {
		a.Wait = a.Start.Sub(rec.ended)
	}
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		err = a.read(resp, t.limit)
	}
	rec.ended = time.Now()
	a.Latency = rec.ended.Sub(a.Start)
	if err != nil {
		a.Class, a.Err = classify(err, operation, ctx), err
	}
	rec.operation.Attempts = append(rec.operation.Attempts, a)
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(a.Body))
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
	req.Header = req.Header.Clone()
	req.Header.Set("Idempotency-Key", key)
	req.Body = io.NopCloser(bytes.NewReader(b))
	req.ContentLength = int64(len(b))
	req.GetBody = nil
	return req
}

// read takes the answer in, limit bytes of body at most.
func (a *Attempt) read(resp *http.Response, limit int64) error {
	defer resp.Body.Close()
	a.Status = resp.StatusCode
	a.Type = resp.Header.Get("Content-Type")
	a.Replayed = resp.Header.Get("Idempotent-Replayed") == "true"
	if resp.ContentLength > limit {
		return errTooLarge
	}
	var buf bytes.Buffer
	if resp.ContentLength > 0 {
		buf.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := buf.ReadFrom(io.LimitReader(resp.Body, limit+1))
	if n > limit {
		return errTooLarge
	}
	a.Body = buf.Bytes()
	return err
}
