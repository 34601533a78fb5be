package history

// BeforeNotRead is why an order need not be of the run although the run alone used the service.
const BeforeNotRead = "no fixture was applied, and the orders of before were not read"

// BeforeUnknown reports whether it is not known which orders the service had before the run: no
// fixture dropped them, and they were not read.
func (or *OrderIndex) BeforeUnknown() bool { return or.beforeUnknown }

// PerhapsOlder reports whether row i, an order that no purchase of the run explains, may have
// been there before the run: what was there is not known (BeforeUnknown), and the service does
// not show that it created the order after one that the run made. Both times are the service's,
// so that its clock need not agree with the client's.
func (or *OrderIndex) PerhapsOlder(i int) bool {
	if !or.beforeUnknown {
		return false
	}
	created, shown := Nanoseconds(or.Orders[i].CreatedAt)
	return !shown || created <= or.firstMade
}

// PerhapsNotOurs reports whether row i is assigned to a purchase by payload alone, and may as
// well be another client's (PerhapsOfOthers) or older than the run: it proves nothing of the run.
func (or *OrderIndex) PerhapsNotOurs(i int) bool {
	return (or.shared || or.beforeUnknown) && or.byPayload(i)
}

// findFirstMade notes when the service created the first order that the run made for certain,
// Forever when that is not shown of any.
func (or *OrderIndex) findFirstMade() {
	or.firstMade = Forever
	for i := range or.Orders {
		certain := !or.Repeated[i] && or.Origins[i] == Ours && or.KeyOf[i] != None && !or.byPayload(i)
		if created, shown := Nanoseconds(or.Orders[i].CreatedAt); shown && certain {
			or.firstMade = min(or.firstMade, created)
		}
	}
}
