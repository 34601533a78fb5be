package nb

import (
	"slices"
	"strings"

	"sagalab/pkg/fault"
	"sagalab/pkg/figure"
	"sagalab/pkg/internal/faultsearch"
)

// showSearch shows what a search for faults has found out: the sentence, and of a witness a
// timeline of its calls, the counterexample and how sure it is; else a map of what was tried in
// each world.
func showSearch(r *faultsearch.Result) {
	printf("%s\n", sentence(r.Sentence()))
	if r.Answer == faultsearch.FoundWitness {
		showWitness(r.Witness)
	} else {
		showTried(r)
	}
	for _, note := range r.Notes {
		printf("Note: %s\n", note)
	}
}

// showWitness shows a smallest schedule that violates a rule.
func showWitness(w *faultsearch.Witness) {
	calls := timelineCalls(w.Execution.Calls)
	p, err := figure.CallTimeline(w.Sentence, calls)
	plotAs(figure.CallTimelineHeight(w.Sentence, calls), p, err)
	if w.Execution.Report != nil {
		showCounterexamples(w.Execution.Report.Verdict(w.Rule))
	}
	printf("The faults: %s\n", w.Schedule)
	if w.Minimal {
		printf("It is minimal: with a purchase or a fault less, or a weaker kind of fault, %d executions each did not violate %s\n", w.Tries, w.Rule)
	}
	printf("%s\n", sentence(w.Reproduced()))
}

// timelineCalls returns calls as package figure draws them.
func timelineCalls(seen []fault.SeenCall) (calls []figure.TimelineCall) {
	for _, c := range seen {
		calls = append(calls, figure.TimelineCall{
			Purchase: c.Purchase, Participant: c.Participant, Step: c.Step, Attempt: c.Attempt,
			Fault: string(c.Fault), Began: c.Began, Ended: c.Ended, Status: c.Status, Failed: c.Failed,
		})
	}
	return calls
}

// showTried shows how much was tried in each world.
func showTried(r *faultsearch.Result) {
	if r.Certificate == nil {
		return
	}
	for i := range r.Certificate.Worlds {
		w := &r.Certificate.Worlds[i]
		title, cells, sum := sentence(w.World.String()), mapCells(w, r.Options.Kinds), w.Arithmetic()
		p, err := figure.FaultMap(title, cells, sum)
		plotAs(figure.FaultMapHeight(title, cells, sum), p, err)
	}
	var rules []string
	for _, rule := range r.Certificate.Rules {
		rules = append(rules, rule.Rule)
	}
	printf("Judged, and not violated: %s\n", strings.Join(rules, ", "))
	if n := r.Certificate.Sampled; n > 0 {
		printf("Of the schedules that were skipped %d were executed as a sample: %d did otherwise\n", n, r.Certificate.SampleDiffered)
	}
}

// mapCells returns the cells of a world as package figure draws them, with an empty one for each
// kind that was not tried.
func mapCells(w *faultsearch.Covered, kinds []fault.Kind) (cells []figure.FaultCell) {
	var calls []fault.Call
	for _, c := range w.Cells {
		cells = append(cells, figure.FaultCell{
			Participant: c.Participant, Step: c.Step, Attempt: c.Attempt, Fault: string(c.Fault),
			Survived: c.Survived, Broke: c.Broke, Skipped: map[string]int{"": c.Skipped}, NotReached: c.NotReached,
		})
		if !slices.Contains(calls, c.Call) {
			calls = append(calls, c.Call)
		}
	}
	for _, c := range calls {
		for _, k := range kinds {
			cells = append(cells, figure.FaultCell{Participant: c.Participant, Step: c.Step, Attempt: c.Attempt, Fault: string(k)})
		}
	}
	return cells
}
