package audit

import (
	"fmt"
	"strings"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/runs"
)

// judgeBodies judges what confirming answers say besides that they confirm; refs are
// base plus the attempt. A key that was sent with several payloads is left to ruleK3:
// its answer may be for another payload. But that it confirms what has not ended, or was
// cancelled, is wrong of any.
func judgeBodies(m *history.Model, q *ruling, base int) {
	for i := range m.All {
		a := confirmingRow(m, i)
		if a == nil || m.HasSeveralPayloads(m.Purchases[m.All[i].Purchase].Key) && !strings.Contains(a.AnswerDiffers, "status ") {
			continue
		}
		if a.AnswerDiffers != "" || amountOtherwise(m, i, a) != "" {
			q.judged++
			q.add(base+i, m.All[i].End, 3)
		}
	}
}

// confirmingRow returns the recorded row of an attempt or a poll that confirmed, nil for others.
func confirmingRow(m *history.Model, i int) *runs.Attempt {
	t := &m.All[i]
	if t.Row == history.None || t.Meaning != history.Confirmed {
		return nil
	}
	return &m.Stages[t.Stage].Attempts[t.Row]
}

// amountOtherwise says what amount an answer should have named, "" when it names the
// right one, or none, or what is right is not known.
func amountOtherwise(m *history.Model, i int, a *runs.Attempt) string {
	if a.AnsweredAmount == 0 {
		return ""
	}
	if id := m.All[i].OrderID; id != history.None && m.NotThisRun == "" {
		if row := m.Row(id); row != history.None && m.Orders[row].Amount != 0 && m.Orders[row].Status.Terminal() {
			if o := &m.Orders[row]; o.Amount != a.AnsweredAmount {
				return fmt.Sprintf("order %s in the state has %d", o.OrderID, o.Amount)
			}
			return "" // if both are wrong, ruleC3 finds the order's
		}
	}
	p := &m.Purchases[m.All[i].Purchase]
	price, known := m.Price[p.Product]
	want := history.Multiply(price, p.Quantity)
	if p.PayloadUnknown || !known || m.PriceDoubt[p.Product] != "" || want == history.Forever || want == a.AnsweredAmount {
		return ""
	}
	return fmt.Sprintf("%d × %d is %d", p.Quantity, price, want)
}

func bodyCounterexample(m *history.Model, i int32) Counterexample {
	t := &m.All[i]
	p := &m.Purchases[t.Purchase]
	a := confirmingRow(m, int(i))
	c := Counterexample{Key: m.Keys[p.Key].Name, OrderID: a.OrderID, Attempts: attemptLines(m, t.Purchase)}
	who := "the answer to " + describePurchase(m, p)
	if a.AnswerDiffers != "" {
		c.Says = fmt.Sprintf("%s says %s", who, inWords(a.AnswerDiffers))
	} else {
		c.Says = fmt.Sprintf("%s names an amount of %d, but %s", who, a.AnsweredAmount, amountOtherwise(m, int(i), a))
	}
	if row := m.Row(t.OrderID); row != history.None {
		c.State = []string{orderLine(&m.Orders[row])}
	}
	return c
}

// inWords writes the fields of runs.Attempt.AnswerDiffers as sentences have them.
func inWords(differs string) string {
	return strings.NewReplacer("user_id ", "user ", "product_id ", "product ", "payment_method_id ", "payment method ").Replace(differs)
}
