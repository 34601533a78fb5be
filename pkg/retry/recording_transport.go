package retry

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"time"
)

// recordingTransport is the http.RoundTripper under resty: it bounds and records
// each attempt, and reads the whole answer within it, so that a latency is that of a
// complete answer.
type recordingTransport struct {
	base        http.RoundTripper
	traceparent func(context.Context) string // nil for no header
	timeout     time.Duration                // of an attempt
	bodyLimit   int64                        // bytes
	secrets     *secrets
	addresses   addresses
}

// RoundTrip sends one attempt of the operation in req's context. The answer that it
// returns has no body: the recorded attempt has it.
func (t *recordingTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	operation := req.Context()
	o := operationContextOf(operation)
	a := Attempt{Number: len(o.operation.Attempts) + 1, PlannedWait: o.nextWait}
	a.Key = attemptKey(a.Number, o.operation.Key, o.newKey)
	ctx, cancel := context.WithTimeout(operation, t.timeout)
	defer cancel()
	req = req.WithContext(ctx)
	secrets, err := t.put(req, o, a)
	if o.notSent = err; err != nil {
		return nil, o.notSent
	}
	if t.traceparent != nil {
		if value := t.traceparent(operation); value != "" {
			req.Header.Set("Traceparent", value)
		}
	}

	o.gotConnection = false
	a.Start = time.Now()
	if a.Number > 1 {
		last := o.operation.Last()
		a.Wait = a.Start.Sub(last.Start) - last.Latency
	}
	resp, err := t.base.RoundTrip(req)
	if err == nil {
		err = a.readAnswer(resp, t.bodyLimit)
	}
	a.Latency, a.Sent = time.Since(a.Start), o.gotConnection
	if err != nil {
		a.Class, a.Err = classify(err, operation, ctx), err
	}
	a.redact(t.secrets)
	secrets.RedactAttempt(&a)
	o.operation.Attempts = append(o.operation.Attempts, a)
	o.ended(a)
	if err != nil {
		return nil, err
	}
	resp.Body = http.NoBody
	return resp, nil
}

// put makes req what the exchange of an operation sends as attempt a, and returns the secrets
// in it.
func (t *recordingTransport) put(req *http.Request, o *operationContext, a Attempt) (*Secrets, error) {
	r, err := o.exchange.Request(a.Number, a.Key)
	if err == nil {
		err = r.Validate()
	}
	if err != nil {
		return nil, err
	}
	t.secrets.sent(r.Secrets.without(r.Headers))
	address, err := t.addresses.parse(o.address, r.Path)
	if err != nil {
		return nil, err
	}
	r.put(req, address)
	return r.Secrets, nil
}

// readAnswer reads the answer into a, limit bytes of body at most.
func (a *Attempt) readAnswer(resp *http.Response, limit int64) error {
	defer resp.Body.Close()
	a.Status, a.Header = resp.StatusCode, resp.Header
	a.Type = resp.Header.Get("Content-Type")
	a.Replayed = resp.Header.Get("Idempotent-Replayed") == "true"
	switch {
	case resp.ContentLength > limit:
		return errTooLarge
	case resp.ContentLength > 0:
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
