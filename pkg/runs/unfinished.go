package runs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"sagalab/pkg/purchase"
)

// Unfinished is the Reason of an operation of which attempts were recorded, but no end.
const Unfinished = "unfinished"

// pendingRecords are operations that wait for a retry, with the attempts that ended, by
// their Index. The zero value has none.
type pendingRecords map[int64]*Record

// add adds the attempts of an operation that waits for a retry.
func (p *pendingRecords) add(r Record) {
	if *p == nil {
		*p = pendingRecords{}
	}
	known := (*p)[r.Operation.Index]
	if known == nil {
		(*p)[r.Operation.Index] = &Record{r.Operation, slices.Clone(r.Attempts)}
		return
	}
	for _, a := range r.Attempts {
		if !slices.ContainsFunc(known.Attempts, func(b Attempt) bool { return a.isSame(&b) }) {
			known.Attempts = append(known.Attempts, a)
		}
	}
	if o := &known.Operation; r.Operation.Attempts > o.Attempts || r.Operation.Polls > o.Polls {
		*o = r.Operation
	}
}

// end removes an operation that has ended, whose record has all attempts.
func (p pendingRecords) end(index int64) {
	if len(p) > 0 { // seldom: most operations never wait
		delete(p, index)
	}
}

// unfinished returns the operations that did not end, by Index.
func (p pendingRecords) unfinished() []Record {
	list := make([]Record, 0, len(p))
	for _, index := range slices.Sorted(maps.Keys(p)) {
		r := *p[index]
		slices.SortStableFunc(r.Attempts, func(a, b Attempt) int {
			return cmp.Or(cmp.Compare(a.Number, b.Number), a.StartTS.Compare(b.StartTS))
		})
		o := &r.Operation
		o.Success, o.StatusStr, o.Outcome, o.Reason = false, "failure", purchase.Unknown, Unfinished
		o.Message = "the process ended while this purchase " + doneOf(o)
		list = append(list, r)
	}
	return list
}

// isSame reports whether two rows of an operation are of the same request.
func (a *Attempt) isSame(b *Attempt) bool {
	return a.Number == b.Number && a.Kind == b.Kind && (a.IsAttempt() || a.StartTS.Equal(b.StartTS))
}

// doneOf says how far an operation had come.
func doneOf(o *Operation) string {
	switch {
	case o.Polls > 0:
		return fmt.Sprintf("was asked after, after %d attempts and %d polls", o.Attempts, o.Polls)
	case o.Steps > 1:
		return fmt.Sprintf("was under way, after %d attempts at %d steps", o.Attempts, o.Steps)
	}
	return fmt.Sprintf("waited for a retry, after %d attempts", o.Attempts)
}
