package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
)

// numberRead is one number that was read.
type numberRead struct {
	at    int64
	what  string // "stock of product"
	id    purchase.ID
	value int64
}

// ruleC6 wants every stock, reservation and balance that was read to be at least 0. It is
// unknown where neither stock nor balances can be read, and not exercised where none was.
var ruleC6 = rule{
	id: "C6", title: "no stock or balance is ever below zero",
	one: "value read during the load", many: "values read during the load",
	judge: noNegativeValue,
}

// noNegativeValue applies ruleC6; refs are negative values.
func noNegativeValue(m *history.Model) ruling {
	q := ruling{none: "no stock or balance was read during the load", unknown: m.Evidence.SamplesDamaged}
	var bad []numberRead
	look := func(v numberRead) {
		if v.value < 0 {
			q.add(len(bad), v.at, -max(v.value, -history.Forever))
			bad = append(bad, v)
		}
	}
	for i := range m.Evidence.Samples {
		s := &m.Evidence.Samples[i]
		at, _ := history.Nanoseconds(s.Answered)
		q.judged += visitValues(s, at, look)
	}
	for _, state := range []*history.State{m.Evidence.Before, m.Evidence.After} {
		if state != nil {
			at, _ := history.Nanoseconds(state.At)
			s := history.Sample{Products: state.Products, Users: state.Users}
			visitValues(&s, at, look)
		}
	}
	if q.judged+q.count == 0 && q.unknown == "" {
		q.unknown, q.beyond = valuesUnusable(m)
	}
	q.show = func(i int) Counterexample {
		v := bad[i]
		return Counterexample{
			Says:    fmt.Sprintf("the %s %d was read below zero", v.what, v.id),
			Formula: fmt.Sprintf("%d < 0, %s after the last stage began", v.value, history.FormatMS(v.at-m.LastStageStart())),
		}
	}
	return q
}

// valuesUnusable returns why neither stock nor balances can be read, "" when one can.
func valuesUnusable(m *history.Model) (why string, beyond bool) {
	why, beyond = m.Evidence.After.Unusable(history.ProductsCall)
	users, usersBeyond := m.Evidence.After.Unusable(history.UsersCall)
	if users == "" || beyond && !usersBeyond { // what failed goes before what is not offered
		return users, usersBeyond
	}
	return why, beyond
}

// visitValues calls look for each number of a sample and returns how many there
// are.
func visitValues(s *history.Sample, at int64, look func(numberRead)) int {
	for _, p := range s.Products {
		look(numberRead{at, "stock of product", p.ProductID, p.Stock})
		look(numberRead{at, "number of reserved pieces of product", p.ProductID, p.Reserved})
	}
	for _, u := range s.Users {
		look(numberRead{at, "balance of user", u.UserID, u.Balance})
	}
	return 2*len(s.Products) + len(s.Users)
}
