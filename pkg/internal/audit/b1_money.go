package audit

// b1 is s1 and s2 for the money of each user: nobody spends more than he had, and
// "insufficient balance" is true.
func b1(w *world) inquiry {
	q := inquiry{unknown: w.noMoney, beyond: w.answersOnly(), none: "nothing was confirmed, nor refused for lack of money"}
	if w.noMoney != "" {
		return q
	}
	accounts := w.byUser()
	w.overdraw(&q, accounts, "user")
	if w.count(NoMoney) > 0 {
		w.refusals(&q, accounts, "user")
	}
	q.show = func(ref int) Counterexample {
		if f, _ := w.fate(&w.deeds[ref]); f == done {
			return w.showOverdrawn(ref, accounts, "of money of user %d", "spent")
		}
		return w.showSpurious(ref, accounts, "insufficient balance", "of money of user %d")
	}
	return q
}
