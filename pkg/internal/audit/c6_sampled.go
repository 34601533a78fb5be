package audit

import "fmt"

// value is one number that was read.
type value struct {
	at     int64
	what   string // "stock of product"
	id     int64
	number int64
}

// c6 wants no stock, reservation or balance that anybody saw to be below zero.
func c6(w *world) inquiry {
	q := inquiry{none: "no stock or balance was read while load ran"}
	var bad []value
	look := func(v value) {
		if v.number < 0 {
			q.add(len(bad), v.at, -max(v.number, -forever))
			bad = append(bad, v)
		}
	}
	for i := range w.e.Samples {
		s := &w.e.Samples[i]
		at, _ := nanos(s.Answered)
		q.judged += s.values(at, look)
	}
	for _, state := range []*State{w.e.Before, w.e.After} {
		if state != nil {
			at, _ := nanos(state.At)
			s := Sample{Products: state.Products, Users: state.Users}
			s.values(at, look)
		}
	}
	q.show = func(i int) Counterexample {
		v := bad[i]
		return Counterexample{
			Says:    fmt.Sprintf("the %s %d was seen below zero", v.what, v.id),
			Formula: fmt.Sprintf("%d < 0, %s after the last stage began", v.number, ms(v.at-w.lastBegan())),
		}
	}
	return q
}

// values shows a sample's numbers and returns how many there are.
func (s *Sample) values(at int64, look func(value)) int {
	for _, p := range s.Products {
		look(value{at, "stock of product", p.ProductID, p.Stock})
		look(value{at, "number of reserved pieces of product", p.ProductID, p.Reserved})
	}
	for _, u := range s.Users {
		look(value{at, "balance of user", u.UserID, u.Balance})
	}
	return 2*len(s.Products) + len(s.Users)
}

func (h *history) lastBegan() int64 {
	if len(h.stages) == 0 {
		return 0
	}
	return h.began(int32(len(h.stages) - 1))
}
