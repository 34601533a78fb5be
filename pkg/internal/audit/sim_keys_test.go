package audit

import (
	"fmt"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Defects about keys, limits and refusals, for the simulated service of sim_test.go.

// belowFloor returns what is left, less a floor that the defect does not sell below.
func (s *sim) belowFloor(defect string, left, want, floor int64) int64 {
	if s.cfg.defect != defect {
		return left
	}
	if left >= want && left-floor < want {
		s.effects++
	}
	return left - floor
}

// breaksPromise answers with what is not true, if a defect of that kind strikes.
func (s *sim) breaksPromise(r purchase.Request, reply func(answer)) bool {
	o := s.byKey[r.IdempotencyKey]
	switch {
	case o == nil && s.defective("false_overloaded", .3):
		s.step(s.create(r))
		reply(answer{status: 503, code: purchase.Overloaded})
		return true
	case o == nil && s.defective("false_throttled", .3):
		s.step(s.create(r))
		reply(answer{status: 429})
		return true
	case o == nil && s.defective("false_in_progress", .4):
		reply(answer{status: 409, code: purchase.InProgress})
		return true
	case o == nil && s.defective("false_key_reused", .2):
		s.effects++
		reply(answer{status: 422, code: purchase.KeyReused})
		return true
	case o != nil && o.Status == purchase.Cancelled && o.Reason != "withdrawn" && s.cfg.defect == "refusal_forgotten":
		delete(s.byKey, r.IdempotencyKey)
	}
	return false
}

// askAgain asks once more for purchases of the run, n at most, after d nanoseconds of
// rest, and returns how they were answered.
func (s *sim) askAgain(n int, d int64) (list []Repeat) {
	s.now += d
	seen := map[string]bool{}
	for _, r := range s.sent {
		if seen[r.IdempotencyKey] || len(list) == n {
			continue
		}
		seen[r.IdempotencyKey] = true
		a := runs.Attempt{Stage: "again", Number: 1, Key: r.IdempotencyKey, StartTS: moments(s.now), Sent: true}
		s.arriveAgain(r, func(x answer) {
			a.Status, a.OrderID, a.Replayed, a.Reason = x.status, x.order, x.replayed, string(x.code)
			if x.code == "" && x.status >= 300 {
				a.Reason = fmt.Sprintf("http_%d", x.status)
			}
		})
		for a.Status == 0 && s.queue.Len() > 0 {
			s.nextEvent()
		}
		a.LatencyMS = 1
		list = append(list, Repeat{Request: r, Attempt: a})
		s.now += 1e6
	}
	return list
}

// arriveAgain is a request after the load, with the defects that show then.
func (s *sim) arriveAgain(r purchase.Request, reply func(answer)) {
	o := s.byKey[r.IdempotencyKey]
	known := o != nil && o.Status.Terminal() && o.UserID == r.UserID && o.ProductID == r.ProductID && o.Quantity == r.Quantity
	bought := known && o.Status == purchase.Confirmed
	switch {
	case known && s.defective("key_forgotten", .3):
		s.effects++
		delete(s.byKey, r.IdempotencyKey)
	case known && s.defective("key_locked", .3):
		s.effects++
		reply(answer{status: 409, code: purchase.InProgress})
		return
	case bought && s.defective("other_order_again", .3):
		s.effects++
		reply(answer{status: 200, order: o.OrderID + "x", replayed: true})
		return
	case known && !bought && s.defective("other_refusal_again", .5):
		s.effects++
		reply(answer{status: 410, code: "gone", order: o.OrderID})
		return
	}
	s.cfg.busy, s.cfg.throttle = 0, 0
	s.arrive(r, reply)
}
