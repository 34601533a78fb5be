package market

import (
	"context"
	"net/http"
	"strconv"
)

// keyed is a key and its purchase.
type keyed struct {
	key, payload string
	order        *order
	done         chan struct{} // closed once answer is set
	answer       answer
}

// slot returns where a key is stored.
func (m *Market) slot(req request) string {
	if m.opt.KeyPerUser {
		return strconv.FormatInt(req.user, 10) + "/" + req.key
	}
	return req.key
}

// purchase answers a call: it begins a purchase, or answers for the one that the key has.
func (m *Market) purchase(ctx context.Context, req request) answer {
	st := m.current()
	st.mu.Lock()
	if k := st.keys[m.slot(req)]; k != nil && req.key != "" {
		st.mu.Unlock()
		return m.again(ctx, k, req)
	}
	if code := st.unknown(req); code != "" {
		st.mu.Unlock()
		return answer{status: http.StatusNotFound, code: code}
	}
	s := m.begin(st, req)
	st.mu.Unlock()
	return s.run()
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

// again answers a call whose key has a purchase.
func (m *Market) again(ctx context.Context, k *keyed, req request) answer {
	if k.payload != req.payload {
		return answer{status: http.StatusUnprocessableEntity, code: "key_reused"}
	}
	select {
	case <-k.done:
		return k.replay()
	default:
	}
	if m.opt.KeyInFlight == Refuse {
		return answer{status: http.StatusConflict, code: "in_progress"}
	}
	select {
	case <-k.done:
		return k.replay()
	case <-ctx.Done():
		return answer{abort: true}
	}
}

// replay returns the answer again.
func (k *keyed) replay() answer {
	a := k.answer
	if a.status == http.StatusCreated {
		a.status = http.StatusOK
	}
	return a
}
