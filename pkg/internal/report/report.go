// Package report condenses runs into a verdict, the tables behind it, notes on which
// figures not to rely on, and the provenance of all of it. It reads what is on disk
// and measures nothing.
package report

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/printable"
	"sagalab/pkg/runs"
)

// State is a verdict in one word.
type State string

// The states, the worst first.
const (
	Bad      State = "bad"      // a threshold failed, or a rule or a gate is violated
	Stopped  State = "stopped"  // a cell failed or was interrupted, and the cells after it did not run
	Unclear  State = "unclear"  // something could not be judged
	Good     State = "good"     // everything that was judged holds
	Unjudged State = "unjudged" // there was no threshold, no gate and no audit
)

// Verdict is the result of the runs.
type Verdict struct {
	State State `json:"state"`
	// Text says why, in sentences.
	Text string `json:"text"`
}

// Table is a table of texts. Marks has a mark for each row: "bad", "warn" or "".
type Table struct {
	Title   string     `json:"title"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Marks   []string   `json:"marks"`
}

// add appends a row, with control characters of the service escaped.
func (t *Table) add(mark string, cells ...string) {
	for i, c := range cells {
		cells[i] = printable.Text(c)
	}
	t.Rows, t.Marks = append(t.Rows, cells), append(t.Marks, mark)
}

// join is add, but adds the last n cells, which are lists, to those of a row whose other cells
// are the same.
func (t *Table) join(mark string, n int, cells ...string) {
	t.add(mark, cells...)
	last, same := len(t.Rows)-1, len(cells)-n
	row := t.Rows[last]
	at := slices.IndexFunc(t.Rows[:last], func(other []string) bool { return slices.Equal(other[:same], row[:same]) })
	if at < 0 || t.Marks[at] != mark {
		return
	}
	for i := same; i < len(row); i++ {
		t.Rows[at][i] = union(t.Rows[at][i], row[i])
	}
	t.Rows, t.Marks = t.Rows[:last], t.Marks[:last]
}

// union returns the list with what more has besides.
func union(list, more string) string {
	const comma = ", "
	all := strings.Split(list, comma)
	for _, s := range strings.Split(more, comma) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return strings.Join(all, comma)
}

// worstFirst sorts the rows by their marks, "bad" first. The order of rows with the
// same mark stays.
func (t *Table) worstFirst() {
	var rows [][]string
	var marks []string
	for _, mark := range []string{markBad, markWarn, ""} {
		for i, row := range t.Rows {
			if t.Marks[i] == mark {
				rows, marks = append(rows, row), append(marks, mark)
			}
		}
	}
	t.Rows, t.Marks = rows, marks
}

// The marks of a table's rows.
const (
	markBad  = "bad"
	markWarn = "warn"
)

// Report is what stands at the top of a notebook's page.
type Report struct {
	Verdict Verdict `json:"verdict"`
	// Tables has the tables of thresholds, gates, rules, audits, stages and steps, without the
	// empty ones.
	Tables []Table `json:"tables"`
	// Notes are sentences on which figures not to rely on, each once.
	Notes []string `json:"notes,omitempty"`
	// Provenance has names and values: when, where and with what it was measured.
	Provenance [][2]string `json:"provenance"`
}

// New condenses runs, in the order given. failed is the error that ended the notebook
// which made them, nil when all of its cells ran. require says which rules their audits
// have to answer; when it is all, what was required when they were audited counts. Where the runs are of
// more than one service, rows name it, and so do sentences about stages whose names are those
// of another service's, too.
func New(list []runs.Run, failed error, require audit.Requirement) (Report, error) {
	b := builder{require: require, stages: newStages(), steps: newSteps(), thresholds: newThresholds(), gates: newGates(), rules: newRules(), audits: newAudits()}
	all, of, err := read(list)
	if err != nil {
		return Report{}, err
	}
	b.services = of
	for _, r := range all {
		if err := b.add(r); err != nil {
			return Report{}, runError(r.run, err)
		}
	}
	b.rules.worstFirst()
	b.gates.worstFirst()
	b.thresholds.worstFirst()
	r := Report{Verdict: b.verdict(failed), Notes: b.notes, Provenance: b.facts.rows()}
	for _, t := range []Table{b.thresholds, b.gates, b.rules, b.audits, b.stages, b.steps} {
		if !of.several() {
			t = t.without(serviceColumn)
		}
		if len(t.Rows) > 0 {
			r.Tables = append(r.Tables, t)
		}
	}
	return r, nil
}

func runError(run runs.Run, err error) error { return fmt.Errorf("report on run %s: %w", run.ID, err) }

// builder collects the contents of the runs.
type builder struct {
	stages, steps, thresholds, gates, rules, audits Table
	notes                                           []string
	facts                                           provenanceTable
	require                                         audit.Requirement
	services                                        services
	current                                         recorded

	judged, failed, unclear []string // thresholds, gates and rules, in words
	stopped                 []string // stages that did not run to their end
	purchases               counts
}

func (b *builder) add(r recorded) error {
	b.current = r
	for _, o := range r.stages {
		b.addStage(o)
	}
	for _, a := range r.audits {
		if !b.require.IsAll() {
			a = a.Require(b.require)
		}
		b.addAudit(a)
	}
	gates, err := r.run.Gates()
	for _, g := range gates {
		b.addGate(g)
	}
	return errors.Join(err, b.facts.mergeRun(r.run, r.stages))
}

// note adds a sentence unless it is there.
func (b *builder) note(text string) {
	text = printable.Text(text)
	if text != "" && !slices.Contains(b.notes, text) {
		b.notes = append(b.notes, text)
	}
}

// verdict returns the worst of what was found.
func (b *builder) verdict(failed error) Verdict {
	var text []string
	printf := func(format string, args ...any) { text = append(text, fmt.Sprintf(format, args...)) }
	state := Unjudged
	if len(b.judged) > 0 {
		state = Good
	}
	if len(b.unclear) > 0 || len(b.stopped) > 0 {
		state = Unclear
	}
	if failed != nil {
		state = Stopped
		printf("The notebook did not run to its end: %s.", firstLine(failed))
	}
	if len(b.failed) > 0 {
		state = Bad
		printf("Not good: %s.", strings.Join(b.failed, "; "))
	}
	if len(b.unclear) > 0 {
		printf("Could not be judged: %s.", strings.Join(b.unclear, "; "))
	}
	if len(b.stopped) > 0 {
		printf("Not completed: %s.", strings.Join(b.stopped, ", "))
	}
	switch state {
	case Good:
		printf("All that was judged holds: %s.", strings.Join(b.judged, "; "))
	case Unjudged:
		printf("Nothing was judged: no threshold or gate was set and no audit made.")
	}
	if b.purchases != (counts{}) {
		printf("%s.", b.purchases)
	}
	return Verdict{state, printable.Text(strings.Join(text, " "))}
}

func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return strings.TrimRight(line, ".: ")
}
