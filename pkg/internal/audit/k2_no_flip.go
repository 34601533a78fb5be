package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// k2 wants a definite answer to stay: a purchase that was confirmed is never
// refused, and the other way round. For a key with several payloads only a lack
// of stock or money counts as a refusal: any other may mean that the key was
// re-used.
func stableAnswer(m *history.Model) ruling {
	q := ruling{none: "no purchase got two definite answers"}
	for n := range m.Purchases {
		d := &m.Purchases[n]
		if d.Sent < 2 || d.Confirmations == 0 && d.RefusedAt == history.Forever {
			continue
		}
		answers, flipped := definiteAnswers(m, int32(n))
		if answers < 2 {
			continue
		}
		q.judged++
		if flipped {
			q.add(n, max(d.ConfirmedAt, d.RefusedAt), int64(answers))
		}
	}
	q.show = func(n int) Counterexample {
		d := &m.Purchases[n]
		how := "confirmed and later refused"
		if d.RefusedAt < d.ConfirmedAt {
			how = "refused and later confirmed"
		}
		c := Counterexample{Key: m.Keys[d.Key].Name, Attempts: attemptLines(m, int32(n))}
		c.Says = describePurchase(m, d) + " was " + how
		c.Formula = fmt.Sprintf("first confirmed %s and first refused (%s) %s after it was sent", history.FormatMS(d.ConfirmedAt-d.FirstSent), d.Refusal, history.FormatMS(d.RefusedAt-d.FirstSent))
		if d.AnsweredOrder != history.None {
			c.OrderID = m.OrderIDs[d.AnsweredOrder]
		}
		return c
	}
	return q
}

// answers counts a purchase's definite answers and says whether they differ.
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
