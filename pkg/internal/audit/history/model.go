package history

import (
	"cmp"
	"fmt"

	"sagalab/pkg/purchase"
)

// world is the evidence as a model: what was sent and answered, what state was read,
// and how the two belong together.
type Model struct {
	*OrderIndex
	Initial
	Evidence       Evidence
	Options        Options
	NotFinal       string // why the state may not be the final one
	ReadDuringLoad bool   // it was read before the last answer had come
	NotThisRun     string // why the state is not this run's
}

func New(e Evidence, o Options) *Model {
	w := &Model{OrderIndex: newOrderIndex(newHistory(e.Stages, &o), &e), Evidence: e, Options: o}
	w.checkTiming()
	w.checkSameRun()
	w.readInitial()
	return w
}

// timing says why the state may not be final.
func (w *Model) checkTiming() {
	after := w.Evidence.After
	if after == nil {
		return
	}
	at, known := Nanoseconds(after.At)
	switch {
	case known && at < w.LastAnswer:
		w.ReadDuringLoad = true
		w.NotFinal = fmt.Sprintf("the state was read %s before the last answer had come: load still ran, or the clock was set", FormatMS(w.LastAnswer-at))
	case w.Pending > 0:
		w.NotFinal = fmt.Sprintf("%d orders are still pending, so that stock and money are not final", w.Pending)
	}
}

// origins finds out whether the state is this run's at all.
func (w *Model) checkSameRun() {
	if w.OrdersUnusable != "" || w.Evidence.Sealed {
		return
	}
	type count struct{ acknowledged, found int }
	stages := make([]count, len(w.Stages))
	for n := range w.Purchases {
		d := &w.Purchases[n]
		tries := w.AttemptsOf(int32(n))
		acknowledged, found := d.ConfirmedAt < Forever, d.Orders > 0
		for _, t := range tries {
			if id := w.Attempts[t].Order; id != None {
				i := w.Row(id)
				acknowledged = true
				found = found || i != None && w.Orders[i].IdempotencyKey == "" // ids may begin anew, keys do not
			}
		}
		if acknowledged {
			stages[w.Attempts[tries[0]].Stage].acknowledged++
		}
		if acknowledged && found {
			stages[w.Attempts[tries[0]].Stage].found++
		}
	}
	for i, s := range stages {
		if s.acknowledged > 0 && s.found == 0 {
			w.NotThisRun = fmt.Sprintf("none of the %d purchases that were answered with an order in stage %s is in the state: it was reset since, or is another service's", s.acknowledged, w.Stages[i].Stage)
			return
		}
	}
}

// answersOnly reports whether nothing but the history is there, so that what the
// service had at first is beyond reach.
func (w *Model) AnswersOnly() bool {
	return w.Evidence.Scene == nil && w.Evidence.Before == nil && w.Evidence.After == nil
}

// final is why the state cannot be taken for the one that the run left behind, ""
// when it can: what rules of conservation (C1, C2) need.
func (w *Model) FinalState(calls ...Call) (why string, beyond bool) {
	if why, beyond = w.Evidence.After.Unusable(calls...); why != "" {
		return why, beyond
	}
	switch {
	case w.NotThisRun != "":
		return w.NotThisRun, false
	case w.NotFinal != "":
		return w.NotFinal, false
	}
	return "", false
}

// settledOrders is why the state's orders cannot be held against the history, ""
// when they can.
func (w *Model) ComparableOrders() (why string, beyond bool) {
	if w.OrdersUnusable != "" {
		return w.OrdersUnusable, w.ordersBeyond
	}
	return w.NotThisRun, false
}

// mixed says why the stages cannot be judged together, "" when they can.
func (w *Model) MixedServices() string {
	for i := range w.Stages {
		if a, b := w.Stages[0].API, w.Stages[i].API; a != b {
			return fmt.Sprintf("stage %s ran against %s, stage %s against %s: give the stages of one service only", w.Stages[0].Stage, cmp.Or(a, "(none)"), w.Stages[i].Stage, cmp.Or(b, "(none)"))
		}
	}
	return ""
}

// traced reports whether the service shows steps at all.
func (w *Model) ShowsSteps() bool {
	for i := range w.Orders {
		if len(w.Orders[i].Steps) > 0 {
			return true
		}
	}
	return false
}

// unread is why an answer that came at a time cannot be expected in the state.
func (w *Model) ReadBefore(at int64) string {
	if read, known := Nanoseconds(w.Evidence.After.At); known && read < at {
		return w.NotFinal
	}
	return ""
}

// orderOf finds the order of a purchase; known is false when it could not be
// found even if it were there.
func (w *Model) OrderOf(d *Purchase) (o *purchase.Order, known bool) {
	if d.AnsweredOrder != None {
		if i := w.Row(d.AnsweredOrder); i != None {
			return &w.Orders[i], true
		}
	}
	if d.Order != None {
		return &w.Orders[d.Order], true
	}
	return nil, d.AnsweredOrder != None || w.keysShown && w.Keys[d.Key].Name != ""
}

// noLedger is why the ledger cannot be used, "" when it can.
func (w *Model) LedgerUnusable() string {
	if why, _ := w.Evidence.After.Unusable(LedgerCall); why != "" {
		return why
	}
	if w.Evidence.Before != nil {
		why, _ := w.Evidence.Before.Unusable(LedgerCall)
		return why
	}
	return ""
}
