package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// ruleK2 wants a definite answer to stay: a confirmed purchase is never refused,
// nor a refused one confirmed. For a key with several payloads only a lack of stock
// or money counts as a refusal: any other may mean that the key was re-used.
//
// A refusal whose answer was lost is one as well: where the state has an order that
// was cancelled because the purchase was refused, and another order of the same
// purchase that is confirmed, or was refused as well, the refusal was forgotten. An order
// that was cancelled for another reason proves nothing: it may have been answered with
// 5xx, which is not kept. Two answers that refuse a purchase as different orders show it
// without a state. Of a purchase that takes steps the one that decides counts, and its polls,
// unless several operations sent it after steps of their own. So does the first step, where the
// service is seen to keep keys there (step_flips.go).
var ruleK2 = rule{
	id: "K2", title: "a definite answer never changes",
	one: "purchase with several definite answers", many: "purchases with several definite answers",
	restsOnFaults: true,
	judge:         stableAnswer,
}

// stableAnswer applies ruleK2; refs are purchases.
func stableAnswer(m *history.Model) ruling {
	q := ruling{none: "no purchase got two definite answers, and the state has none with two orders"}
	orders, steps := ordersAfterRefusal(m), stepFlips(m)
	for n := range m.Purchases {
		p := &m.Purchases[n]
		answers, flipped := 0, false
		if p.Sent > 1 && (p.Confirmations > 0 || p.RefusedAt < history.Forever) {
			answers, flipped = definiteAnswers(m, int32(n))
		}
		both, several := orders[int32(n)]
		_, anew := refusedTwice(m, int32(n))
		step, flippedAtStep := steps[int32(n)]
		if flippedAtStep && m.NotThisRun == "" && m.TimesUnusable == "" {
			q.judged++
			q.add(n, step.refused.End, 2)
			continue
		}
		if answers < 2 && !several {
			continue
		}
		if (flipped || several && both.contradict() || anew != nil) && m.IsLooseKey(p.Key) {
			q.unknown = looseKey(m, p.Key)
			continue
		}
		q.judged++
		switch {
		case flipped:
			q.add(n, max(p.ConfirmedAt, p.RefusedAt), int64(answers))
		case several && both.contradict(), anew != nil:
			q.add(n, p.LastEnd, 2)
		}
	}
	q.show = func(n int) Counterexample {
		if step, flipped := steps[int32(n)]; flipped {
			return stepFlipCounterexample(m, int32(n), step)
		}
		if _, flipped := definiteAnswers(m, int32(n)); flipped {
			return flippedCounterexample(m, int32(n))
		}
		both, several := orders[int32(n)]
		if !several {
			both = noOrders
		}
		if both.refused != history.None && both.confirmed != history.None {
			return forgottenRefusalCounterexample(m, int32(n), both)
		}
		return triedAnewCounterexample(m, int32(n), both)
	}
	return q
}

func flippedCounterexample(m *history.Model, n int32) Counterexample {
	p := &m.Purchases[n]
	how := "confirmed and later refused"
	if p.RefusedAt < p.ConfirmedAt {
		how = "refused and later confirmed"
	}
	c := Counterexample{Key: m.Keys[p.Key].Name, Attempts: attemptLines(m, n)}
	c.Says = describePurchase(m, p) + " was " + how
	c.Formula = fmt.Sprintf("first confirmed %s and first refused (%s) %s after it was sent", history.FormatMS(p.ConfirmedAt-p.FirstSent), p.Refusal, history.FormatMS(p.RefusedAt-p.FirstSent))
	if p.AnsweredOrderID != history.None {
		c.OrderID = m.OrderIDs[p.AnsweredOrderID]
	}
	return c
}

func forgottenRefusalCounterexample(m *history.Model, n int32, both ordersOfPurchase) Counterexample {
	p, no, yes := &m.Purchases[n], &m.Orders[both.refused], &m.Orders[both.confirmed]
	c := Counterexample{Key: m.Keys[p.Key].Name, OrderID: yes.OrderID, Attempts: attemptLines(m, n), State: []string{orderLine(no), orderLine(yes)}}
	c.Says = fmt.Sprintf("%s was refused%s as order %s, which is CANCELLED, and bought all the same as order %s, which is CONFIRMED: the refusal was not kept", describePurchase(m, p), inBrackets(string(no.Reason)), no.OrderID, yes.OrderID)
	return c
}

// definiteAnswers counts a purchase's definite answers and reports whether they
// differ.
func definiteAnswers(m *history.Model, n int32) (count int, flipped bool) {
	var yes, no bool
	for _, i := range m.AnswersOf(n) {
		meaning := m.All[i].Meaning
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
