package audit

import (
	"fmt"
	"math"
	"time"

	"sagalab/pkg/purchase"
)

// mostLines is how many attempts or lines of state a counterexample shows.
const mostLines = 20

// ms writes nanoseconds as milliseconds.
func ms(ns int64) string { return fmt.Sprintf("%.1f ms", float64(ns)/1e6) }

// clock is when something happened, from the start of the stage of a try.
func (h *history) clock(t *try, ns int64) string {
	s := &h.stages[t.stage]
	return fmt.Sprintf("%s +%s", s.Stage, ms(ns-h.began(t.stage)))
}

// began is the start of a stage.
func (h *history) began(stage int32) int64 {
	if ns, ok := nanos(h.stages[stage].Started); ok {
		return ns
	}
	for i := range h.tries {
		if h.tries[i].stage == stage {
			return h.tries[i].start
		}
	}
	return 0
}

// lines tells the attempts of deeds.
func (h *history) lines(deeds ...int32) []AttemptLine {
	var lines []AttemptLine
	for _, d := range deeds {
		for _, i := range h.of(d) {
			if len(lines) == mostLines {
				return lines
			}
			lines = append(lines, h.line(&h.tries[i]))
		}
	}
	return lines
}

func (h *history) line(t *try) AttemptLine {
	s := &h.stages[t.stage]
	d := &h.deeds[t.deed]
	l := AttemptLine{
		Stage: s.Stage, Key: h.keys[d.key].name, Payload: d.words(), Operation: none, Number: 1,
		AtMS: float64(t.start-h.began(t.stage)) / 1e6, LatencyMS: float64(t.end-t.start) / 1e6,
	}
	reason := ""
	sent := true
	if t.op != none {
		op := &s.Operations[t.op]
		l.Operation, l.Status, reason = op.Index, op.Status, op.Reason
	}
	if t.row != none {
		a := &s.Attempts[t.row]
		l.Operation, l.Number, l.WaitMS, l.Status, reason, sent = a.Index, a.Number, finite(a.WaitMS), a.Status, a.Reason, a.Sent
	}
	if t.order != none {
		l.OrderID = h.ids[t.order]
	}
	l.Answer, l.Reason, l.Sent = answerWords(l.Status, reason, sent), reason, sent
	return l
}

// finite is ms, or 0 for what a damaged row may hold and JSON cannot.
func finite(ms float64) float64 {
	if math.IsNaN(ms) || math.IsInf(ms, 0) {
		return 0
	}
	return ms
}

func answerWords(status int64, reason string, sent bool) string {
	switch {
	case !sent && status == 0:
		return "not sent (" + orNone(reason) + ")"
	case status == 0:
		return "no answer (" + orNone(reason) + ")"
	case reason == "":
		return fmt.Sprintf("HTTP %d", status)
	}
	return fmt.Sprintf("HTTP %d %s", status, reason)
}

// words says what a deed was to buy.
func (d *deed) words() string {
	if d.blind {
		return "a purchase that was not recorded"
	}
	return fmt.Sprintf("user %d buys %d × product %d", d.user, d.quantity, d.product)
}

// who says whose deed it is.
func (h *history) who(d *deed) string {
	if name := h.keys[d.key].name; name != "" {
		return fmt.Sprintf("key %s (%s)", name, d.words())
	}
	return fmt.Sprintf("a request without a key (%s)", d.words())
}

// deedsOf lists a key's purchases.
func (h *history) deedsOf(k int32) []int32 {
	var list []int32
	for d := h.keys[k].first; d != none && len(list) < mostLines; d = h.deeds[d].next {
		list = append(list, d)
	}
	return list
}

// orderLine tells an order of the state.
func orderLine(o *purchase.Order) string {
	reason := ""
	if o.Reason != "" {
		reason = " for " + string(o.Reason)
	}
	return fmt.Sprintf("the state has order %s: %s%s, user %d, %d × product %d, key %s, created %s",
		orNone(o.OrderID), orNone(string(o.Status)), reason, o.UserID, o.Quantity, o.ProductID, orNone(o.IdempotencyKey), moment(o.CreatedAt))
}

// entryLine tells an entry of the ledger.
func entryLine(e *purchase.Entry) string {
	return fmt.Sprintf("the ledger has entry %s: %s of %d, user %d, order %s, at %s",
		orNone(e.EntryID), orNone(e.Kind), e.Amount, e.UserID, orNone(e.OrderID), moment(e.At))
}

func stepLine(s *purchase.Step) string {
	return fmt.Sprintf("step %d: %s %s at %s", s.Seq, orNone(s.Action), orNone(s.Step), moment(s.At))
}

func moment(t time.Time) string {
	if t.IsZero() {
		return "an unknown time"
	}
	return t.UTC().Format("15:04:05.000000")
}
