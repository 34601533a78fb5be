package shop

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"sagalab/pkg/purchase"
)

// The defects of POST /purchase.

// again marks the key of a second order that the service makes for one key. Who
// reads does not see the mark (showing).
const again = "\u00a0(again)"

// posting is a POST /purchase that a defect may answer otherwise.
type posting struct {
	next http.Handler
	r    *http.Request
	body []byte
	req  purchase.Request // with its key, be it from the body or the header
}

// instead is a handler for POST /purchase that returns the answer to give; all
// else passes, and so does a request that is not well formed.
func instead(next http.Handler, answer func(p posting) *held) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/purchase" {
			next.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(io.LimitReader(r.Body, maxPurchaseBody+1))
		r.Body = io.NopCloser(bytes.NewReader(body))
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		req, err := parseRequest(body, r.Header.Values("Idempotency-Key"))
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		answer(posting{next, r, body, req}).send(w)
	})
}

// honest is the answer that the service gives.
func (p posting) honest() *held { return p.give(p.body, p.r.Header) }

// under is the answer to the same purchase under another key.
func (p posting) under(key string) *held {
	h := p.r.Header.Clone()
	h.Del("Idempotency-Key")
	return p.give(p.req.Body(key), h)
}

func (p posting) give(body []byte, h http.Header) *held {
	r := p.r.Clone(p.r.Context())
	r.Header, r.Body, r.ContentLength = h, io.NopCloser(bytes.NewReader(body)), int64(len(body))
	got := newHeld()
	p.next.ServeHTTP(got, r)
	return got
}

// key is what lots are drawn by.
func (p posting) key() string { return p.req.IdempotencyKey }

func (d *defects) secondOrder(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		got := p.honest()
		if got.status != http.StatusOK || !d.strikes(SecondOrder, p.key()) {
			return got
		}
		second := p.under(p.key() + again)
		o, fine := second.order()
		if !fine {
			return got
		}
		d.note(SecondOrder, o.OrderID)
		return second
	})
}

func (d *defects) keyReuseAccepted(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		got := p.honest()
		if got.status != purchase.KeyReused.Status() || !d.strikes(KeyReuseAccepted, p.key()) {
			return got
		}
		second := p.under(p.key() + again)
		o, fine := second.order()
		if !fine {
			return got
		}
		d.note(KeyReuseAccepted, o.OrderID)
		return second
	})
}

func (d *defects) flippedOutcome(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		got := p.honest()
		o, fine := got.order()
		if !fine || got.status != http.StatusOK || !d.strikes(FlippedOutcome, p.key()) {
			return got
		}
		d.note(FlippedOutcome, o.OrderID)
		return outOfStock(o)
	})
}

func (d *defects) noButConfirmed(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		got := p.honest()
		o, fine := got.order()
		if !fine || !d.strikes(NoButConfirmed, p.key()) {
			return got
		}
		d.note(NoButConfirmed, o.OrderID)
		return outOfStock(o)
	})
}

func outOfStock(o purchase.Order) *held {
	p := purchase.NewProblem(purchase.OutOfStock, refusal(o))
	p.OrderID = o.OrderID
	lie := newHeld()
	refuse(lie, p)
	return lie
}

func (d *defects) yesButCancelled(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		got := p.honest()
		var problem purchase.Problem
		refusals := []purchase.Code{purchase.OutOfStock, purchase.InsufficientBalance}
		if json.Unmarshal(got.body.Bytes(), &problem) != nil || !slices.Contains(refusals, problem.Code) ||
			!d.strikes(YesButCancelled, p.key()) {
			return got
		}
		o, found, err := d.shop.order(problem.OrderID)
		if err != nil || !found {
			return got
		}
		d.note(YesButCancelled, o.OrderID)
		o.Status, o.Reason = purchase.Confirmed, ""
		lie := newHeld()
		answer(lie, http.StatusCreated, o)
		return lie
	})
}

func (d *defects) phantomOrder(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		got := p.honest()
		if got.status != http.StatusCreated || !d.strikes(PhantomOrder, p.key()) {
			return got
		}
		if o, fine := p.under("phantom " + lasting(p.key())).order(); fine {
			d.note(PhantomOrder, o.OrderID)
		}
		return got
	})
}

// maxEqual is how many payloads' orders are kept for sharedOrder.
const maxEqual = 1000

func (d *defects) sharedOrder(next http.Handler) http.Handler {
	return instead(next, func(p posting) *held {
		payload := p.req
		payload.IdempotencyKey = ""
		d.mu.Lock()
		o, there := d.equal[payload]
		d.mu.Unlock()
		if there && o.IdempotencyKey != p.key() && d.strikes(SharedOrder, p.key()) {
			d.note(SharedOrder, o.OrderID)
			wrong := newHeld()
			answer(wrong, http.StatusCreated, o)
			return wrong
		}
		got := p.honest()
		if o, fine := got.order(); fine {
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

// held is an answer that is held back.
type held struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newHeld() *held { return &held{header: http.Header{}} }

// Header, WriteHeader and Write make it an http.ResponseWriter.
func (h *held) Header() http.Header { return h.header }

func (h *held) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

func (h *held) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.body.Write(b)
}

// send gives the reply to who asked, its keys without the mark again.
func (h *held) send(w http.ResponseWriter) {
	h.WriteHeader(http.StatusOK)
	if o, fine := h.order(); fine && strings.HasSuffix(o.IdempotencyKey, again) {
		o.IdempotencyKey = strings.TrimSuffix(o.IdempotencyKey, again)
		h.body.Reset()
		status := h.status
		h.status = 0
		answer(h, status, o)
	}
	for name, values := range h.header {
		w.Header()[name] = values
	}
	w.WriteHeader(h.status)
	_, _ = w.Write(h.body.Bytes()) // a client that is gone has to ask again anyway
}

// order is the order that a confirming answer shows.
func (h *held) order() (o purchase.Order, fine bool) {
	if h.status != http.StatusOK && h.status != http.StatusCreated {
		return o, false
	}
	err := json.Unmarshal(h.body.Bytes(), &o)
	return o, err == nil && o.Status == purchase.Confirmed
}
