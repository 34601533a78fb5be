package audit

import (
	"fmt"

	"sagalab/pkg/internal/audit/history"
)

// value is one number that was read.
type numberRead struct {
	at    int64
	what  string // "stock of product"
	id    int64
	value int64
}

// c6 wants no stock, reservation or balance that anybody saw to be below zero.
func noNegativeValue(m *history.Model) ruling {
	q := ruling{none: "no stock or balance was read while load ran"}
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
	q.show = func(i int) Counterexample {
		v := bad[i]
		return Counterexample{
			Says:    fmt.Sprintf("the %s %d was seen below zero", v.what, v.id),
			Formula: fmt.Sprintf("%d < 0, %s after the last stage began", v.value, history.FormatMS(v.at-m.LastStageStart())),
		}
	}
	return q
}

// values shows a sample's numbers and returns how many there are.
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
