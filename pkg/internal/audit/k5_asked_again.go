package audit

import (
	"fmt"
	"strings"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// ruleK5 wants a key to answer the same when it is asked again after the load: a
// confirmed purchase with 2xx and the same order, a refused one with the same refusal,
// and none with "in progress" for ever. What a key's outcome was follows from the
// answers of the run, else from its order.
//
// By the contract a refusal is the same when its status and its reason are. Of a service that
// an adapter addresses they may be words for people, such as "2 left", and what an answer
// means counts.
var ruleK5 = rule{
	id: "K5", title: "a key answers the same when it is asked again later",
	one: "purchase that was asked for again", many: "purchases that were asked for again",
	judge: sameWhenAskedAgain,
}

// outcome is what a purchase came to.
type outcome struct {
	meaning history.Meaning // Confirmed, a refusal, or Unclear: not known
	order   string          // "" when it is not known
	status  int64           // of the refusing answer, 0 when none is known or it need not be the same
	code    string          // of the refusing answer, "" when it has none, or as status
	words   string          // how it is known
	adapted bool            // an adapter says what the refusing answer means
}

// sameWhenAskedAgain applies ruleK5; refs are indexes into Evidence.AskedAgain.
func sameWhenAskedAgain(m *history.Model) ruling {
	q := ruling{none: "no purchase of the run was asked for again", unknown: m.Evidence.NotAskedAgain}
	list := m.Evidence.AskedAgain
	if len(list) == 0 {
		return q
	}
	if m.NotThisRun != "" {
		q.unknown = m.NotThisRun
		return q
	}
	q.none = "no purchase that was asked for again had an outcome that has to be kept, and was answered"
	asked := repeatsByPurchase(m)
	answers := comparedAnswers{ruling: &q, violated: map[int32]bool{}}
	for i := range list {
		n := repeated(m, &list[i])
		if n == history.None {
			continue
		}
		p := &m.Purchases[n]
		start, known := history.Nanoseconds(list[i].Attempt.StartTS)
		if !known || start < p.LastEnd || start-p.LastEnd > int64(purchase.KeysKept) {
			continue
		}
		meaning := m.AgainMeans(&list[i])
		if meaning == history.InProgress {
			if r := asked[n]; r.last == i {
				answers.judgeStillInProgress(m, n, i, start-r.since)
			}
			continue
		}
		o := outcomeOf(m, n)
		if o.meaning == history.Unclear || !meaning.IsDefinite() && meaning != history.KeyReused {
			continue
		}
		if differsFrom(&o, m, &list[i].Attempt) != "" {
			answers.differ(n, i, start, 1)
		} else {
			answers.agrees(n)
		}
	}
	if q.count > 0 && answers.agree == 0 && !m.Evidence.Sealed && m.OrdersUnusable != "" {
		q.findings = findings{}
		q.unknown = fmt.Sprintf("none of %s was answered as in the run: the service was reset or replaced since, or keeps no keys, and its orders cannot be read", history.Counted(q.judged, "purchase", "purchases"))
	}
	if answers.count > q.judged {
		q.note = fmt.Sprintf("answered %d times in all", answers.count)
	}
	q.show = func(i int) Counterexample { return askedAgainCounterexample(m, &list[i]) }
	return q
}

// repeats are the times that a purchase was asked for again.
type repeats struct {
	last int // index of the last
	// since is when it was last known to have been begun, in nanoseconds since 1970: its
	// last answer in the run or, if nothing shows that it was begun then, when it was first
	// asked for again, which may have begun it.
	since int64
}

// repeatsByPurchase lists them by purchase.
func repeatsByPurchase(m *history.Model) map[int32]repeats {
	list := map[int32]repeats{}
	for i := range m.Evidence.AskedAgain {
		r := &m.Evidence.AskedAgain[i]
		n := repeated(m, r)
		start, known := history.Nanoseconds(r.Attempt.StartTS)
		if n == history.None || !known {
			continue
		}
		x, there := list[n]
		if p := &m.Purchases[n]; !there {
			x = repeats{i, start}
			if p.InProgress > 0 || p.Orders > 0 && !p.Guessed || outcomeOf(m, n).meaning != history.Unclear {
				x.since = p.LastEnd
			}
		} else if !r.Attempt.StartTS.Before(m.Evidence.AskedAgain[x.last].Attempt.StartTS) {
			x.last = i
		}
		list[n] = x
	}
	return list
}

// repeated returns the purchase that was asked for again, None when the history does
// not have it.
func repeated(m *history.Model, r *history.Repeat) int32 {
	name := r.Request.IdempotencyKey
	if name == "" {
		name = r.Attempt.Key
	}
	return m.PurchaseWith(name, history.Payload{User: r.Request.UserID, Product: r.Request.ProductID, Quantity: r.Request.Quantity, Method: r.Request.PaymentMethodID})
}

// outcomeOf returns what a purchase came to by the answers of the run, else by its
// only order. Of answers that contradict each other none is its outcome.
func outcomeOf(m *history.Model, n int32) outcome {
	p := &m.Purchases[n]
	confirmed, refused := p.ConfirmedAt < history.Forever, p.RefusedAt < history.Forever
	switch {
	case confirmed && refused:
		return outcome{}
	case confirmed:
		o := outcome{meaning: history.Confirmed, words: "confirmed"}
		if p.AnsweredOrderID != history.None {
			o.order = m.OrderIDs[p.AnsweredOrderID]
		} else if only := onlyOrder(m, p); only != nil {
			o.order = only.OrderID
		}
		return o
	case refused:
		return refusalOf(m, n)
	}
	only := onlyOrder(m, p)
	switch {
	case only == nil:
		return outcome{}
	case history.IsConfirmed(only):
		return outcome{meaning: history.Confirmed, order: only.OrderID, words: "CONFIRMED by the state"}
	case only.Status == purchase.Cancelled && reasonMeans(m, only).IsRefusal():
		return outcome{meaning: reasonMeans(m, only), words: fmt.Sprintf("CANCELLED for %s by the state", only.Reason)}
	}
	return outcome{}
}

// onlyOrder returns the one order that the state has of a purchase, nil without or with
// several.
func onlyOrder(m *history.Model, p *history.Purchase) *purchase.Order {
	if why, _ := m.FinalState(history.OrdersCall); why != "" || p.Orders != 1 || p.Guessed || p.Vague || !m.KeysShown() {
		return nil
	}
	return &m.Orders[p.OrderRow]
}

// notKept are statuses that a service does not store under a key: asked again it may
// answer otherwise.
var notKept = map[int64]bool{400: true, 404: true, 413: true, 415: true}

// refusalOf returns how a purchase was refused, nothing when that need not be kept.
func refusalOf(m *history.Model, n int32) outcome {
	p := &m.Purchases[n]
	for _, i := range m.AnswersOf(n) {
		a := &m.All[i]
		if a.Meaning != p.Refusal || a.End != p.RefusedAt {
			continue
		}
		l := attemptLine(m, a)
		if a.Meaning == history.Invalid || notKept[l.Status] || !m.RefusesPurchase(p, a.Meaning) {
			return outcome{}
		}
		o := outcome{meaning: a.Meaning, words: "refused with " + strings.TrimPrefix(l.Answer, "HTTP ")}
		if o.adapted = m.Stages[a.Stage].Adapter != nil; o.adapted {
			o.words += inBrackets(a.Meaning.String())
		} else {
			o.status, o.code = l.Status, l.Reason
		}
		if refusesAsOrder(m, n, a) {
			o.order = m.OrderIDs[a.OrderID]
		}
		return o
	}
	return outcome{}
}

// differsFrom returns how an answer differs from what was to be answered again, ""
// when it does not.
func differsFrom(o *outcome, m *history.Model, a *runs.Attempt) string {
	meaning := m.Options.Meaning(a)
	answer := strings.TrimPrefix(answerWords(a.Status, a.Reason, true), "HTTP ")
	if o.adapted {
		answer += inBrackets(meaning.String())
	}
	switch {
	case o.meaning == history.Confirmed && meaning == history.Confirmed:
		if o.order != "" && a.OrderID != "" && o.order != a.OrderID {
			return fmt.Sprintf("it was confirmed as order %s instead of order %s", a.OrderID, o.order)
		}
		return ""
	case meaning == history.Confirmed && a.OrderID != "":
		return fmt.Sprintf("it was confirmed as order %s", a.OrderID)
	case meaning == history.Confirmed:
		return "it was confirmed"
	case o.meaning != meaning, o.status != 0 && (o.status != a.Status || o.code != a.Reason):
		return "it was refused with " + answer
	case o.order != "" && a.OrderID != "" && o.order != a.OrderID:
		return fmt.Sprintf("it was refused as order %s instead of order %s", a.OrderID, o.order)
	}
	return ""
}

func askedAgainCounterexample(m *history.Model, r *history.Repeat) Counterexample {
	n := repeated(m, r)
	p := &m.Purchases[n]
	c := Counterexample{Key: m.Keys[p.Key].Name, OrderID: r.Attempt.OrderID, Attempts: attemptLines(m, n), State: orderLines(m, p.Key)}
	start, _ := history.Nanoseconds(r.Attempt.StartTS)
	later := history.FormatMS(start - p.LastEnd)
	again := answerWords(r.Attempt.Status, r.Attempt.Reason, true)
	if r.Attempt.OrderID != "" {
		again += ", order " + r.Attempt.OrderID
	}
	c.State = append(c.State, fmt.Sprintf("asked again %s after its last answer: %s", later, again))
	o := outcomeOf(m, n)
	if m.Options.Meaning(&r.Attempt) == history.InProgress {
		was := ""
		if o.words != "" {
			was = ", although it is " + o.words
		}
		c.Says = fmt.Sprintf("%s was still in progress when it was asked for again %s after its last answer, limit %s%s", describePurchase(m, p), later, m.Options.SettleTime(), was)
		return c
	}
	c.Says = fmt.Sprintf("%s was %s, but when it was asked for again after the load %s", describePurchase(m, p), o.words, differsFrom(&o, m, &r.Attempt))
	return c
}
