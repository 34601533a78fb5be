package faultsearch

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"sagalab/pkg/fault"
)

// String returns the result as text: the sentence, and what it rests on.
func (r *Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", capital(r.Sentence()))
	switch {
	case r.Answer == FoundWitness:
		r.Witness.write(&b)
		if r.Why != "" {
			fmt.Fprintf(&b, "The search ended early: %s\n", r.Why)
		}
	case r.Certificate != nil:
		r.Certificate.write(&b)
	}
	fmt.Fprintf(&b, "\n%s", r.Made())
	return b.String()
}

// Made says in lines how many executions the search made and what limits it.
func (r *Result) Made() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in %.1f s", counted(r.Executions, "execution"), r.Seconds)
	if r.Compared > 0 {
		fmt.Fprintf(&b, "; of %d pairs of executions of one schedule %d differed", r.Compared, r.Differed)
	}
	b.WriteString(".\n")
	if t := r.Times; t != nil {
		fmt.Fprintf(&b, "Each schedule was executed once but for what is said otherwise, with attempts of %v, %v apart, and up to %v to come to rest.\n", t.AttemptTimeout, t.Wait, t.Settle)
	}
	if r.Unrecognised > 0 {
		fmt.Fprintf(&b, "%d calls to participants belong to no purchase: no fault was done to them.\n", r.Unrecognised)
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "note: %s\n", note)
	}
	return b.String()
}

// write writes what happens under a witness's schedule.
func (w *Witness) write(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s\n\n", w.Violated())
	w.Execution.writeCalls(b)
	if w.Counterexample != nil {
		fmt.Fprintf(b, "\n%s\n", w.Counterexample)
	}
	fmt.Fprintf(b, "\n%s\n", w.Effort())
}

// Effort says in sentences whether the witness is minimal, what it took to find it, and how often
// it came again.
func (w *Witness) Effort() string {
	minimal := "It may not be minimal."
	if w.Minimal {
		minimal = fmt.Sprintf("It is minimal: with one purchase or one fault less %d executions each did not violate %s, and with a weaker kind of fault not each time.", w.Tries, w.Rule)
	}
	return fmt.Sprintf("%s Found by execution %d, and made smaller by %d more. %s.", minimal, w.Found, w.Shrunk, capital(w.Reproduced()))
}

// Violated says which rules are violated, the probable cause in the first of one or two lines.
func (w *Witness) Violated() string {
	text := fmt.Sprintf("%s is violated: %s", w.Rule, w.Title)
	if len(w.Rules) > 1 {
		others := slices.DeleteFunc(slices.Clone(w.Rules), func(rule string) bool { return rule == w.Rule })
		verb := "is"
		if len(others) > 1 {
			verb = "are"
		}
		text += fmt.Sprintf("\nSo %s %s, which may follow from it.", verb, strings.Join(others, ", "))
	}
	return text
}

// writeCalls writes the calls of an execution as a table.
func (x *Execution) writeCalls(b *strings.Builder) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "   at ms\tfor ms\tpurchase\tcall\tattempt\tanswer\tfault")
	for _, c := range x.Calls {
		took := "-"
		if !c.Ended.IsZero() {
			took = fmt.Sprintf("%.1f", c.Ended.Sub(c.Began).Seconds()*1000)
		}
		answer := "-"
		if c.Status > 0 {
			answer = fmt.Sprintf("HTTP %d", c.Status)
		}
		fmt.Fprintf(t, "%8.1f\t%s\t%d\t%s\t%d\t%s\t%s\n", c.Began.Sub(x.Calls[0].Began).Seconds()*1000, took, c.Purchase, callName(c.Call), c.Attempt, answer, c.Fault)
	}
	t.Flush()
}

// callName names a step of a participant, or of the service.
func callName(c fault.Call) string {
	step := c.Step
	if step == "" {
		step = "purchase"
	}
	if c.Participant == "" {
		return step
	}
	return c.Participant + " " + step
}

// write writes how much was tried.
func (c *Certificate) write(b *strings.Builder) {
	for i := range c.Worlds {
		w := &c.Worlds[i]
		if len(w.Cells) == 0 {
			continue
		}
		fmt.Fprintf(b, "\n%s: %s.\n", capital(w.World.String()), w.Arithmetic())
		w.writeCells(b)
	}
	fmt.Fprintf(b, "\n%s\n", c.Judged())
}

// Judged says in sentences which rules were judged, and what a sample of the schedules that were
// skipped did.
func (c *Certificate) Judged() string {
	list := func(rules []RuleCount) string {
		names := make([]string, len(rules))
		for i, r := range rules {
			names[i] = r.Rule
		}
		return strings.Join(names, ", ")
	}
	text := fmt.Sprintf("Judged: %s.", list(c.Rules))
	if len(c.Unjudged) > 0 {
		text += fmt.Sprintf(" Never judged: %s.", list(c.Unjudged))
	}
	if c.Sampled > 0 {
		text += fmt.Sprintf(" Of the schedules that were skipped %d were executed as a sample: %d did otherwise than said.", c.Sampled, c.SampleDiffered)
	}
	return text
}

// writeCells writes the heat map as a table: in how many executions the service survived a
// fault, with "!" before those that it broke in and "-" for one that never happened.
func (c *Covered) writeCells(b *strings.Builder) {
	var kinds []fault.Kind
	var calls []fault.Call
	for _, cell := range c.Cells {
		if !slices.Contains(kinds, cell.Fault) {
			kinds = append(kinds, cell.Fault)
		}
		if !slices.Contains(calls, cell.Call) {
			calls = append(calls, cell.Call)
		}
	}
	slices.SortStableFunc(calls, func(a, b fault.Call) int { return a.Purchase - b.Purchase })
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, k := range kinds {
		fmt.Fprintf(t, "%s\t", k)
	}
	fmt.Fprintln(t, "  survived faults of")
	for _, call := range calls {
		for _, k := range kinds {
			fmt.Fprintf(t, "%s\t", c.cellText(fault.CallFault{Call: call, Fault: k}))
		}
		fmt.Fprintf(t, "  purchase %d, %s, attempt %d\n", call.Purchase, callName(call), call.Attempt)
	}
	t.Flush()
}

// cellText is a cell of the table.
func (c *Covered) cellText(f fault.CallFault) string {
	i := slices.IndexFunc(c.Cells, func(cell Cell) bool { return cell.CallFault == f })
	switch {
	case i < 0 || c.Cells[i].Survived+c.Cells[i].Broke == 0:
		return "-"
	case c.Cells[i].Broke > 0:
		return fmt.Sprintf("!%d", c.Cells[i].Broke)
	}
	return fmt.Sprint(c.Cells[i].Survived)
}
