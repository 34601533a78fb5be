package market

import (
	"context"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// keyed is a key and its purchase. The state's mu guards it, but for answer, which is set before done is closed.
type keyed struct {
	req      request
	payload  string // that calls are compared with
	order    *order
	begun    time.Time
	finished time.Time
	done     chan struct{} // closed once answer is set
	answer   answer
}

// slot returns where a key is stored.
func (m *Market) slot(req request) string {
	key := req.key
	switch m.opt.Bug {
	case "key-case":
		key = strings.ToLower(key)
	case "key-truncated":
		key = key[:min(len(key), 16)]
	case "key-trimmed":
		key = strings.TrimSpace(key)
	case "key-hashed":
		key = strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(key))*0x9e3779b1>>20), 16)
	case "key-escaped":
		key = strings.Map(func(r rune) rune {
			if r > 0x7e {
				return '?'
			}
			return r
		}, key)
	}
	if m.opt.KeyPerUser {
		return strconv.FormatInt(req.user, 10) + "/" + key
	}
	return key
}

// purchase answers a call: it begins a purchase, or answers for the one that the key has.
func (m *Market) purchase(ctx context.Context, req request) answer {
	st := m.current()
	st.mu.Lock()
	st.ignoreHeader(&req)
	slot := m.slot(req)
	k := st.keys[slot]
	if k == nil && req.key != "" && m.bug("key-race", req.key) {
		st.gap()
		m.hitIf(st.keys[slot] != nil, req.key)
	}
	if k != nil && req.key != "" && !m.runsAnew(k, req) {
		same := m.samePayload(k, req)
		st.mu.Unlock()
		if !same {
			return answer{status: http.StatusUnprocessableEntity, code: "key_reused"}
		}
		return m.again(ctx, st, k, req)
	}
	if a, refused := st.refuse(req); refused {
		st.mu.Unlock()
		return a
	}
	m.hitIf(st.forgotten[slot] && req.key != "", req.key)
	delete(st.forgotten, slot)
	s := m.begin(st, req, true)
	st.mu.Unlock()
	a := s.run()
	if ctx.Err() != nil && s.k != nil && s.bug("disconnect-frees-key") {
		s.locked(func() { st.forget(slot) })
	}
	return a
}

// refuse returns the answer to a call that begins no purchase. The caller holds mu.
func (st *state) refuse(req request) (a answer, refused bool) {
	if code := st.unknown(req); code != "" {
		return answer{status: http.StatusNotFound, code: code}, true
	}
	if req.key == "" {
		return answer{}, false
	}
	if st.m.bug("in-progress-not-begun", req.key) && !st.refusedOnce[req.key] {
		st.refusedOnce[req.key] = true
		st.m.hit(req.key)
		return inProgress, true
	}
	if st.m.bug("stores-5xx", req.key) {
		k := &keyed{req: req, payload: req.payload, done: make(chan struct{}), answer: internal, finished: time.Now()}
		close(k.done)
		st.keys[st.m.slot(req)] = k
		return internal, true
	}
	return answer{}, false
}

// unknown returns the code for a user, product or payment method that there is not, "" if all are known. The caller
// holds mu.
func (st *state) unknown(req request) string {
	switch {
	case st.users[req.user] == nil:
		return "unknown_user"
	case st.products[req.product] == nil:
		return "unknown_product"
	case req.method != req.user:
		return "unknown_payment_method"
	}
	return ""
}

// ignoreHeader has the bug that does not regard a key in the header. The caller holds mu.
func (st *state) ignoreHeader(req *request) {
	if !req.inHeader || !st.m.bug("header-ignored", req.key) {
		return
	}
	st.m.hitIf(st.refusedOnce[req.key], req.key)
	st.refusedOnce[req.key] = true
	req.key = ""
}

// runsAnew reports whether a bug begins a second purchase under a key. The caller holds mu.
func (m *Market) runsAnew(k *keyed, req request) bool {
	running := k.finished.IsZero()
	anew := k.payload != req.payload && m.bug("reuse-buys", req.key) ||
		running && time.Since(k.begun) > m.opt.Delay/2 && m.bug("lock-expires", req.key) ||
		!running && time.Since(k.finished) > 300*time.Millisecond && m.bug("key-expires", req.key) ||
		!running && k.answer.status == http.StatusConflict && m.bug("out-of-stock-retried", req.key)
	m.hitIf(anew, req.key)
	return anew
}

// samePayload reports whether a call may get the answer that the key has. The caller holds mu.
func (m *Market) samePayload(k *keyed, req request) bool {
	same, others := k.payload == req.payload, k.req
	others.raw, others.payload, others.inHeader = req.raw, req.payload, req.inHeader
	wrong := false
	switch {
	case !same && m.bug("payload-ignored", req.key):
		wrong = true
	case !same && m.bug("quantity-not-compared", req.key):
		others.quantity = req.quantity
		wrong = others == req
	case !same && m.bug("user-not-compared", req.key):
		others.user, others.method = req.user, req.method
		wrong = others == req
	case same && m.bug("payload-as-text", req.key):
		wrong = k.req.raw != req.raw
	case !same && m.bug("reuse-poisons-key", req.key):
		m.hitIf(req.payload == k.req.payload, req.key)
		k.payload = req.payload
	}
	m.hitIf(wrong || k.req.key != req.key, req.key)
	return same != wrong
}

// again answers a call whose key has a purchase.
func (m *Market) again(ctx context.Context, st *state, k *keyed, req request) answer {
	select {
	case <-k.done:
		return m.replay(st, k, req)
	default:
	}
	switch {
	case m.bug("running-as-200", req.key):
		st.mu.Lock()
		defer st.mu.Unlock()
		m.hit(req.key)
		return answer{status: http.StatusOK, order: k.order.last()}
	case m.opt.KeyInFlight == Refuse:
		return inProgress
	}
	select {
	case <-k.done:
		return m.replay(st, k, req)
	case <-ctx.Done():
		return answer{abort: true}
	}
}

// replay returns the answer of the key again, or a false one.
func (m *Market) replay(st *state, k *keyed, req request) answer {
	st.mu.Lock()
	defer st.mu.Unlock()
	a := k.answer
	if a.status == http.StatusCreated {
		a.status = http.StatusOK
		return m.falseOrder(st, a, req)
	}
	m.hitIf(a.status == http.StatusInternalServerError && m.opt.Bug == "stores-5xx", req.key)
	return m.falseRefusal(a, k, req)
}

// falseOrder returns the answer to a call whose key's purchase was confirmed. The caller holds mu.
func (m *Market) falseOrder(st *state, a answer, req request) answer {
	right := a
	switch {
	case m.bug("replay-other-order", req.key) && st.replayed.ID != "":
		a.order = st.replayed
	case m.bug("replay-as-201", req.key):
		a.status = http.StatusCreated
	case m.bug("replay-current-price", req.key):
		a.order.Amount = times(st.products[a.order.Product].last().price, a.order.Quantity)
	case m.bug("replay-fresh-id", req.key):
		a.order.ID = st.identifier("ord")
	case m.bug("replay-in-progress", req.key):
		a = inProgress
	case m.bug("replay-refused", req.key):
		a = answer{status: http.StatusConflict, code: "out_of_stock", order: record{ID: a.order.ID}}
	}
	st.replayed = right.order
	m.hitIf(a.status != right.status || a.order.ID != right.order.ID || a.order.Amount != right.order.Amount, req.key)
	return a
}

// falseRefusal returns the answer to a call whose key's purchase was refused. The caller holds mu.
func (m *Market) falseRefusal(a answer, k *keyed, req request) answer {
	right := a.status
	switch {
	case a.status >= 500 || a.code == "in_progress":
	case m.bug("replay-other-code", req.key):
		a.code = otherCode(a.code)
		a.status = statusOf(a.code)
	case m.bug("replay-refusal-as-200", req.key):
		a = answer{status: http.StatusOK, order: k.order.last()}
		a.order.Status = "CONFIRMED"
	case m.bug("replay-refusal-as-422", req.key):
		a = answer{status: http.StatusUnprocessableEntity, code: "key_reused"}
	}
	m.hitIf(a.status != right, req.key)
	return a
}

// forget removes a key. The caller holds mu.
func (st *state) forget(slot string) {
	delete(st.keys, slot)
	st.forgotten[slot] = true
}

// evict has the bug that keeps the newest keys only. The caller holds mu.
func (st *state) evict(slot string) {
	st.finished = append(st.finished, slot)
	if len(st.finished) > 100 && st.m.opt.Bug == "key-evicted" {
		st.forget(st.finished[0])
		st.finished = st.finished[1:]
	}
}
