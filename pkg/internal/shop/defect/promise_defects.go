package defect

import (
	"encoding/json"
	"net/http"

	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// The defects of what answers promise: of keys, refusals and bodies.

// rememberedKeys is how many keys keyForgotten leaves the service.
const rememberedKeys = 50

func keyForgotten(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		if _, confirmed := got.order(); !confirmed && got.refusal() == "" || p.key() == "" || d.newerKeys(p.key()) < rememberedKeys || !d.strikes(KeyForgotten, p.key()) {
			return got
		}
		second := p.forwardWithKey(p.key() + secondKeySuffix)
		if o, ok := second.order(); ok {
			d.recordStrike(KeyForgotten, o.OrderID)
		}
		return second
	})
}

// newerKeys returns how many keys were answered for the first time after a key was. It
// counts the key as answered.
func (s *Set) newerKeys(key string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, known := s.answered[key]
	if !known && len(s.answered) < maxStruck {
		n = len(s.answered)
		s.answered[key] = n
	}
	return len(s.answered) - 1 - n
}

func otherRefusal(d *Set, next http.Handler) http.Handler {
	other := map[purchase.Code]purchase.Code{purchase.OutOfStock: purchase.InsufficientBalance, purchase.InsufficientBalance: purchase.OutOfStock}
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		code := got.refusal()
		if code == "" || p.key() == "" || d.countRead("refusal "+p.key()) == 1 || !d.strikes(OtherRefusal, p.key()) {
			return got
		}
		var problem purchase.Problem
		if json.Unmarshal(got.body.Bytes(), &problem) != nil {
			return got
		}
		d.recordStrike(OtherRefusal, problem.OrderID)
		wrong := purchase.NewProblem(other[code], problem.Detail)
		wrong.OrderID = problem.OrderID
		return problemResponse(wrong)
	})
}

func answerDiffers(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		o, ok := got.order()
		if !ok || !d.strikes(AnswerDiffers, p.key()) {
			return got
		}
		d.recordStrike(AnswerDiffers, o.OrderID)
		o.Amount++
		wrong := newBufferedResponse()
		httpio.WriteJSON(wrong, got.status, o)
		return wrong
	})
}

func overloadedButDone(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		got := p.forwardUnchanged()
		o, ok := got.order()
		if !ok || !d.strikes(OverloadedButDone, p.key()) {
			return got
		}
		d.recordStrike(OverloadedButDone, o.OrderID)
		return problemResponse(purchase.NewProblem(purchase.Overloaded, "too many purchases are in progress"))
	})
}

func inProgressNotBegun(d *Set, next http.Handler) http.Handler {
	return intercept(next, func(p interceptedPost) *bufferedResponse {
		if p.key() == "" || !d.strikes(InProgressNotBegun, p.key()) {
			return p.forwardUnchanged()
		}
		d.recordStrike(InProgressNotBegun, "key "+p.key())
		return problemResponse(purchase.NewProblem(purchase.InProgress, "the purchase is still in progress: ask again with the same key"))
	})
}

// problemResponse is an answer with a problem.
func problemResponse(p purchase.Problem) *bufferedResponse {
	r := newBufferedResponse()
	httpio.WriteProblem(r, p)
	return r
}

// refusal returns why an answer refuses a purchase that was begun, "" when it does not.
func (r *bufferedResponse) refusal() purchase.Code {
	var p purchase.Problem
	if json.Unmarshal(r.body.Bytes(), &p) != nil || p.Code != purchase.OutOfStock && p.Code != purchase.InsufficientBalance {
		return ""
	}
	return p.Code
}

// wrongCustomer charges the user with the next id, or else the one before; without either
// it has no effect.
func wrongCustomer(d *Set, p store.Calls) store.Calls {
	unchanged := p.Charge
	p.Charge = func(c store.Cart, before store.Effect) (store.Effect, error) {
		if !d.strikes(WrongCustomer, c.DrawKey()) {
			return unchanged(c, before)
		}
		other := c
		for _, id := range []int64{c.UserID + 1, c.UserID - 1} {
			if _, found, err := d.participants.Payments.User(id); err != nil {
				return store.Effect{}, err
			} else if found {
				other.UserID = id
				break
			}
		}
		e, err := unchanged(other, before)
		if err == nil && e.Refused == "" && other.UserID != c.UserID {
			d.recordStrike(WrongCustomer, c.OrderID)
		}
		return e, err
	}
	return p
}
