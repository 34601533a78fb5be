package nb

import (
	"cmp"
	"fmt"
	"html"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sagalab/pkg/fault"
	"sagalab/pkg/figure"
	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/internal/language"
)

// Show shows what was found out as Lab.Search does: in a later cell, lab.Found("retries").Show().
func (f Found) Show() {
	r := &f.result
	showSentence(r.Sentence())
	switch {
	case r.Witness != nil:
		f.showWitness(r.Witness)
	case r.Certificate != nil:
		f.showCertificate(r.Certificate)
	}
	printf("%s", r.Made())
	if r.Witness != nil {
		printf("%s", f.replayText())
	}
}

// showSentence shows a sentence in bold.
func showSentence(text string) {
	text = language.Text(capital(text))
	display(text+"\n", "text/html", "<p><b>"+html.EscapeString(text)+"</b></p>", nil)
}

func capital(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

// showWitness shows the calls of a witness, and the counterexample to its rule.
func (f Found) showWitness(w *faultsearch.Witness) {
	printf("%s\n", w.Violated())
	showCalls(f.search.Name+": the calls of the smallest witness", w.Execution.Calls)
	if c := w.Counterexample; c != nil {
		named := []audit.NamedCounterexample{{Name: "the counterexample", Counterexample: c}}
		v := audit.Verdict{Rule: w.Rule, Title: w.Title}
		display(language.Lines(counterexamplesText(v, named)), "text/html", counterexamplesHTML(v, named), nil)
	}
	printf("%s\n", w.Effort())
}

// showCalls draws calls over time.
func showCalls(title string, seen []fault.SeenCall) {
	calls := make([]figure.TimelineCall, len(seen))
	for i, c := range seen {
		calls[i] = figure.TimelineCall{Purchase: c.Purchase, Participant: c.Participant, Step: c.Step, Attempt: c.Attempt,
			Fault: string(c.Fault), Began: c.Began, Ended: c.Ended, Status: c.Status, Failed: c.Failed}
	}
	p, err := figure.CallTimeline(title, calls)
	plotAs(figure.CallTimelineHeight(title, calls), p, err)
}

// showCertificate shows what was tried, of all worlds in one map, and below it how it adds up.
func (f Found) showCertificate(c *faultsearch.Certificate) {
	var cells []figure.FaultCell
	var sums []string
	for i := range c.Worlds {
		w := &c.Worlds[i]
		if len(w.Cells) == 0 {
			continue
		}
		sums = append(sums, capital(w.World.String())+": "+w.Arithmetic())
		for _, cell := range w.Cells {
			cells = append(cells, faultCell(cell))
		}
	}
	title := f.search.Name + ": what the search tried"
	p, err := figure.FaultMap(title, cells)
	plotAs(figure.FaultMapHeight(title, cells), p, err)
	printf("%s\n%s\n", strings.Join(sums, "\n"), c.Judged())
}

// skippedWhy is why schedules were not executed; Covered.Arithmetic has the reasons one by one.
const skippedWhy = "an earlier execution shows what they would do"

// faultCell returns a cell as package figure draws it.
func faultCell(c faultsearch.Cell) figure.FaultCell {
	cell := figure.FaultCell{Participant: c.Participant, Step: c.Step, Attempt: c.Attempt, Fault: string(c.Fault),
		Survived: c.Survived, Broke: c.Broke, NotReached: c.NotReached}
	if c.Skipped > 0 {
		cell.Skipped = map[string]int{skippedWhy: c.Skipped}
	}
	return cell
}

// replayText says how to replay a witness: in a cell, and from a shell.
func (f Found) replayText() string {
	cell, served := fmt.Sprintf("lab.Found(%q).Replay()", f.search.Name), ""
	api, participants := f.lab.API, f.search.Participants
	if len(f.lab.serve) > 0 { // that service is gone with the cell
		cell, served = "own.Found("+strconv.Quote(f.search.Name)+").Replay(), in OwnDistributed as above", shellLines(f.lab.serve)+"and in another, once that one listens:\n"
		api, participants = "http://"+faultsearch.ReferenceAddress, faultsearch.ReferenceParticipants()
	}
	args := []string{"sagalab", "search", "--replay", f.replayFile(), "--api", api}
	for _, p := range participants {
		args = append(args, "--participant", p.String())
	}
	return "Replay it in a cell:\n  " + cell + "\nor from a shell:\n" + served + shellLines(args)
}

// replayFile returns where the result is kept, from the directory above that of all runs.
func (f Found) replayFile() string {
	run, err := f.lab.current()
	if err != nil {
		return f.search.Name + ".json"
	}
	path := foundPath(run, f.search.Name)
	if short, err := filepath.Rel(filepath.Dir(filepath.Dir(run.Dir())), path); err == nil {
		path = short
	}
	return filepath.ToSlash(path)
}

// shellLine is the length from which a command goes on in another line.
const shellLine = 90

// shellLines writes a command over several lines, broken before flags.
func shellLines(args []string) string {
	var b strings.Builder
	line := " "
	for i, arg := range args {
		if value := i + 1; strings.HasPrefix(arg, "--") && len(line) > 1 && value < len(args) && len(line)+len(arg)+len(args[value]) > shellLine {
			b.WriteString(line + " \\\n")
			line = "     "
		}
		line += " " + arg
	}
	return b.String() + line + "\n"
}

// showReplayed shows how often a replayed witness violated a rule, and the calls of one execution.
func (f Found) showReplayed() {
	w := f.result.Witness
	if w == nil {
		showSentence(cmp.Or(f.result.Why, f.result.Sentence()))
		return
	}
	showSentence(w.Sentence)
	showCalls(f.search.Name+": the calls of the replay", w.Execution.Calls)
	printf("%s is violated; %s.\n", w.Rule, w.Reproduced())
}
