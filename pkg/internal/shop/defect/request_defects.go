package defect

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/purchase"
)

// The defects of POST /purchase.

// secondKeySuffix marks the key of a second order that a defect makes under one key.
// Reads do not show it (changeReads).
const secondKeySuffix = "\u00a0(again)"

// interceptedPost is a POST /purchase that a defect may answer otherwise.
type interceptedPost struct {
	next http.Handler
	r    *http.Request
	body []byte
	req  purchase.Request // with the key from the body or the header
}

// intercept answers POST /purchase with what answer returns. It passes on all other
// requests, and those that cannot be parsed.
func intercept(next http.Handler, answer func(p interceptedPost) *bufferedResponse) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/purchase" {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, httpio.MaxPurchaseBody+1))
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		req, err := httpio.ParseRequest(body, r.Header.Values("Idempotency-Key"))
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		answer(interceptedPost{next, r, body, req}).send(w)
	})
}

// forwardUnchanged returns the service's own answer.
func (p interceptedPost) forwardUnchanged() *bufferedResponse { return p.forward(p.body, p.r.Header) }

// forwardWithKey returns the answer to the same purchase under another key.
func (p interceptedPost) forwardWithKey(key string) *bufferedResponse {
	h := p.r.Header.Clone()
	h.Del("Idempotency-Key")
	return p.forward(p.req.Body(key), h)
}

func (p interceptedPost) forward(body []byte, h http.Header) *bufferedResponse {
	r := p.r.Clone(p.r.Context())
	r.Header, r.Body, r.ContentLength = h, io.NopCloser(bytes.NewReader(body)), int64(len(body))
	got := newBufferedResponse()
	p.next.ServeHTTP(got, r)
	return got
}

// key returns the key by which defects are drawn.
func (p interceptedPost) key() string { return p.req.IdempotencyKey }

func secondOrder(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		if got.status != http.StatusOK || !d.strikes(SecondOrder, p.key()) {
			return got
		}
		second := p.forwardWithKey(p.key() + secondKeySuffix)
		o, ok := second.order()
		if !ok {
			return got
		}
		d.recordStrike(SecondOrder, o.OrderID)
		return second
	})
}

func keyReuseAccepted(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		if got.status != purchase.KeyReused.Status() || !d.strikes(KeyReuseAccepted, p.key()) {
			return got
		}
		second := p.forwardWithKey(p.key() + secondKeySuffix)
		o, ok := second.order()
		if !ok {
			return got
		}
		d.recordStrike(KeyReuseAccepted, o.OrderID)
		return second
	})
}

func flippedOutcome(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		o, ok := got.order()
		if !ok || got.status != http.StatusOK || !d.strikes(FlippedOutcome, p.key()) {
			return got
		}
		d.recordStrike(FlippedOutcome, o.OrderID)
		return outOfStock(o)
	})
}

func noButConfirmed(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		o, ok := got.order()
		if !ok || !d.strikes(NoButConfirmed, p.key()) {
			return got
		}
		d.recordStrike(NoButConfirmed, o.OrderID)
		return outOfStock(o)
	})
}

func outOfStock(o purchase.Order) *bufferedResponse {
	p := purchase.NewProblem(purchase.OutOfStock, httpio.RefusalDetail(o))
	p.OrderID = o.OrderID
	return problemResponse(p)
}

func yesButCancelled(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		var problem purchase.Problem
		if got.refusal() == "" || json.Unmarshal(got.body.Bytes(), &problem) != nil || !d.strikes(YesButCancelled, p.key()) {
			return got
		}
		o, found, err := d.participants.Order(problem.OrderID)
		if err != nil || !found {
			return got
		}
		d.recordStrike(YesButCancelled, o.OrderID)
		o.Status, o.Reason = purchase.Confirmed, ""
		wrong := newBufferedResponse()
		httpio.WriteJSON(wrong, http.StatusCreated, o)
		return wrong
	})
}

func phantomOrder(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		if got.status != http.StatusCreated || !d.strikes(PhantomOrder, p.key()) {
			return got
		}
		if o, ok := p.forwardWithKey("phantom " + keyed.Stable(p.key())).order(); ok {
			d.recordStrike(PhantomOrder, o.OrderID)
		}
		return got
	})
}

// maxEqual bounds the payloads whose orders are kept for sharedOrder.
const maxEqual = 1000

func sharedOrder(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		payload := p.req
		payload.IdempotencyKey = ""
		d.mu.Lock()
		o, there := d.equal[payload]
		d.mu.Unlock()
		if there && o.IdempotencyKey != p.key() && d.strikes(SharedOrder, p.key()) {
			d.recordStrike(SharedOrder, o.OrderID)
			wrong := newBufferedResponse()
			httpio.WriteJSON(wrong, http.StatusCreated, o)
			return wrong
		}
		got := p.forwardUnchanged()
		if o, ok := got.order(); ok {
			d.mu.Lock()
			if len(d.equal) >= maxEqual {
				clear(d.equal)
			}
			d.equal[payload] = o
			d.mu.Unlock()
		}
		return got
	})
}
