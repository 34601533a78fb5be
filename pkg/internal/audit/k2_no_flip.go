package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// ruleK2 wants a definite answer to stay: a confirmed purchase is never refused,
// nor a refused one confirmed. For a key with several payloads only a lack of stock
// or money counts as a refusal: any other may mean that the key was re-used.
var ruleK2 = rule{
	id: "K2", title: "a definite answer never changes",
	one: "purchase with several definite answers", many: "purchases with several definite answers",
	restsOnFaults: true,
	judge:         stableAnswer,
}

// stableAnswer applies ruleK2; refs are purchases.
func stableAnswer(m *history.Model) ruling {
	q := ruling{none: "no purchase got two definite answers"}
	for n := range m.Purchases {
		p := &m.Purchases[n]
		if p.Sent < 2 || p.Confirmations == 0 && p.RefusedAt == history.Forever {
			continue
		}
		answers, flipped := definiteAnswers(m, int32(n))
		if answers < 2 {
			continue
		}
		q.judged++
		if flipped {
			q.add(n, max(p.ConfirmedAt, p.RefusedAt), int64(answers))
		}
	}
	q.show = func(n int) Counterexample {
		p := &m.Purchases[n]
		how := "confirmed and later refused"
		if p.RefusedAt < p.ConfirmedAt {
			how = "refused and later confirmed"
		}
		c := Counterexample{Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, int32(n))}
		c.Says = describePurchase(m, p) + " was " + how
		c.Formula = fmt.Sprintf("first confirmed %s and first refused (%s) %s after it was sent", history.FormatMS(p.ConfirmedAt-p.FirstSent), p.Refusal, history.FormatMS(p.RefusedAt-p.FirstSent))
		if p.AnsweredOrderID != history.None {
			c.OrderID = m.OrderIDs[p.AnsweredOrderID]
		}
		return c
	}
	return q
}

// definiteAnswers counts a purchase's definite answers and reports whether they
// differ.
func definiteAnswers(m *history.Model, n int32) (count int, flipped bool) {
	var yes, no bool
	for _, i := range m.AttemptsOf(n) {
		meaning := m.Attempts[i].Meaning
		switch {
		case meaning == history.Confirmed:
			yes = true
		case meaning.IsRefusal() && m.RefusesPurchase(&m.Purchases[n], meaning):
			no = true
		default:
			continue
		}
		count++
	}
	return count, yes && no
}
