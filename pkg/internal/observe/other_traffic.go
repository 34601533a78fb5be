package observe

import (
	"fmt"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// addOthers adds to the evidence what is known of others that used the service since the
// baseline: a note for each run of the same directory, for orders under keys that the run
// did not send, and for prices that changed. The evidence is sealed when sole is true and
// no other run was sending.
func addOthers(e *audit.Evidence, run runs.Run, api string, sole bool) {
	overlaps := overlapping(run, api, e.Stages[0].Started)
	e.Notes = append(e.Notes, overlaps...)
	e.Sealed = sole && len(overlaps) == 0
	if n, example := otherOrders(e); n > 0 && !e.Sealed {
		e.Notes = append(e.Notes, fmt.Sprintf("%s under keys that this run did not send, such as %s: other clients were active, or the service made them by itself",
			history.Counted(n, "order is", "orders are"), example))
	}
	e.Notes = append(e.Notes, priceChanges(e)...)
}

// overlapping returns a sentence for each run of r's directory, but r, that has sent to the
// same service since a time.
func overlapping(r runs.Run, api string, since time.Time) (notes []string) {
	for other, entries := range otherEntries(r, api) {
		for _, entry := range entries {
			if entry.API == api && (entry.State == runs.Running || entry.Ended.After(since)) {
				notes = append(notes, fmt.Sprintf("stage %s of run %s was sent to %s, too, after this run had begun: what it bought is in the state", entry.Stage, other.ID, api))
				break
			}
		}
	}
	return notes
}

// otherOrders counts the orders of the state after the run that have a key which the run
// did not send and that were not there before, with an example.
func otherOrders(e *audit.Evidence) (n int, example string) {
	if e.After == nil {
		return 0, ""
	}
	var sent []uint64
	for i := range e.Stages {
		for k := range e.Stages[i].Operations {
			sent = append(sent, hashOf(e.Stages[i].Operations[k].Key))
		}
		for k := range e.Stages[i].Attempts {
			sent = append(sent, hashOf(e.Stages[i].Attempts[k].Key))
		}
	}
	keys, earlier := newHashSet(sent), hashSet(nil)
	if e.Before != nil {
		earlier, _ = shownOrders(e.Before.Orders)
	}
	for i := range e.After.Orders {
		o := &e.After.Orders[i]
		if o.IdempotencyKey == "" || keys.has(hashOf(o.IdempotencyKey)) || earlier.has(hashOf(o.OrderID)) {
			continue
		}
		if n++; n == 1 {
			example = fmt.Sprintf("order %s under key %s", o.OrderID, o.IdempotencyKey)
		}
	}
	return n, example
}

// priceChanges returns a sentence for each product whose price was another one at some
// time since the baseline: an audit takes prices as constant.
func priceChanges(e *audit.Evidence) (notes []string) {
	first, noted := map[purchase.ID]int64{}, map[purchase.ID]bool{}
	see := func(id purchase.ID, price int64, when string) {
		known, seen := first[id]
		switch {
		case price == 0: // not shown
		case !seen:
			first[id] = price
		case known != price && !noted[id]:
			noted[id] = true
			notes = append(notes, fmt.Sprintf("the price of product %d was %d at the beginning and %d %s: prices are taken as constant", id, known, price, when))
		}
	}
	if e.Fixture != nil {
		for _, p := range e.Fixture.Products {
			see(p.ProductID, p.Price, "")
		}
	}
	states := []*audit.State{e.Before}
	for i := range e.Samples {
		states = append(states, &audit.State{Products: e.Samples[i].Products})
	}
	for i, s := range append(states, e.After) {
		when := "while load ran"
		if i == len(states) {
			when = "at the end"
		}
		if s != nil {
			for _, p := range s.Products {
				see(p.ProductID, p.Price, when)
			}
		}
	}
	return notes
}
