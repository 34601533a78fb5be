package audit

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// mostLines is how many attempts or lines of state a counterexample shows.
const mostLines = 20

// stageTime writes a time, in nanoseconds since 1970, as time since the start of an
// attempt's stage.
func stageTime(m *history.Model, a *history.Attempt, ns int64) string {
	s := &m.Stages[a.Stage]
	return fmt.Sprintf("%s +%s", s.Stage, history.FormatMS(ns-m.StageStart(a.Stage)))
}

// attemptLines returns the attempts of purchases, those at steps before the one that decides and
// polls as well, at most mostLines.
func attemptLines(m *history.Model, purchases ...int32) []AttemptLine {
	var lines []AttemptLine
	for _, d := range purchases {
		for _, i := range inOrder(m, d) {
			if len(lines) == mostLines {
				return lines
			}
			lines = append(lines, attemptLine(m, &m.All[i]))
		}
	}
	return lines
}

// inOrder lists all that was sent for a purchase, by its start.
func inOrder(m *history.Model, d int32) []int32 {
	decided, others := m.AttemptsOf(d), m.OthersOf(d)
	if len(others) == 0 {
		return decided
	}
	list := slices.Concat(decided, others)
	slices.SortStableFunc(list, func(a, b int32) int { return cmp.Compare(m.All[a].Start, m.All[b].Start) })
	return list
}

func attemptLine(m *history.Model, t *history.Attempt) AttemptLine {
	s := &m.Stages[t.Stage]
	p := &m.Purchases[t.Purchase]
	l := AttemptLine{
		Stage: s.Stage, Key: m.Keys[p.Key].Name, Payload: describePayload(p), Operation: history.None, Number: 1,
		AtMS: float64(t.Start-m.StageStart(t.Stage)) / 1e6, LatencyMS: float64(t.End-t.Start) / 1e6,
	}
	reason := ""
	sent := true
	if t.Operation != history.None {
		op := &s.Operations[t.Operation]
		l.Operation, l.Status, reason = op.Index, op.Status, op.Reason
	}
	if t.Row != history.None {
		a := &s.Attempts[t.Row]
		l.Operation, l.Number, l.WaitMS, l.Status, reason, sent = a.Index, a.Number, finite(a.WaitMS), a.Status, a.Reason, a.Sent
		from := time.Duration(t.Start - m.StageStart(t.Stage))
		l.Step, l.Poll = a.Step, a.Kind == runs.Poll
		if a.Key != "" {
			l.Key = a.Key
		}
		l.Fault = plannedFault(s.FaultWindows, from, from+time.Duration(t.End-t.Start), a.Status, a.Class)
	}
	if t.OrderID != history.None {
		l.OrderID = m.OrderIDs[t.OrderID]
	}
	l.Answer, l.Reason, l.Sent, l.Meaning = answerWords(l.Status, reason, sent), reason, sent, t.Meaning
	if meaning := t.Meaning.String(); reason != meaning && (l.Poll || t.Meaning == history.Pending) {
		l.Answer += inBrackets(meaning)
	}
	return l
}

// finite returns ms, and 0 for what JSON cannot hold.
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

// describePayload says what a purchase was to buy.
func describePayload(p *history.Purchase) string {
	if p.PayloadUnknown {
		return "a purchase whose payload was not recorded"
	}
	return fmt.Sprintf("user %d buys %d × product %d", p.User, p.Quantity, p.Product)
}

// describePurchase says which purchase it is: its key and its payload.
func describePurchase(m *history.Model, p *history.Purchase) string {
	if name := m.Keys[p.Key].Name; name != "" {
		return fmt.Sprintf("key %s (%s)", name, describePayload(p))
	}
	return fmt.Sprintf("a request without a key (%s)", describePayload(p))
}

// purchasesOf lists a key's purchases, at most mostLines.
func purchasesOf(m *history.Model, k int32) []int32 {
	var list []int32
	for d := m.Keys[k].First; d != history.None && len(list) < mostLines; d = m.Purchases[d].NextOfKey {
		list = append(list, d)
	}
	return list
}

// orderLine writes an order of the state, with what is known of it.
func orderLine(o *purchase.Order) string {
	reason := ""
	if o.Reason != "" {
		reason = " for " + string(o.Reason)
	}
	return fmt.Sprintf("the state has order %s: %s%s, user %s, %s × product %s, key %s, created %s",
		orNone(o.OrderID), orNone(string(o.Status)), reason, orUnknown(o.UserID), orUnknown(o.Quantity), orUnknown(o.ProductID), orNone(o.IdempotencyKey), moment(o.CreatedAt))
}

// entryLine writes an entry of the ledger.
func entryLine(e *purchase.Entry) string {
	return fmt.Sprintf("the ledger has entry %s: %s of %d, user %s, order %s, at %s",
		orNone(e.EntryID), orNone(e.Kind), e.Amount, orUnknown(e.UserID), orNone(e.OrderID), moment(e.At))
}

// orUnknown writes a member, "(not shown)" when it is zero.
func orUnknown[T comparable](member T) string {
	if !history.IsShown(member) {
		return "(not shown)"
	}
	return fmt.Sprint(member)
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
