package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/runs"
)

// A stage's plan of faults asks how the service behaves under them. When a window
// of it took no request, that was not asked, however well the service behaved
// without. So:
//
// If a window of the stages audited took no request, and no window with the same
// kind of fault in these stages took any, the rules of restsOnFaults that would hold
// are not exercised. They are about what a fault brings about: keys that are asked
// again, answers that are lost, sagas that are interrupted. The other rules judge
// the load itself, its stock, money and ids, and keep their verdicts, and so do
// Violated, which is a fact, and Unknown.
//
// Of a stage of which it is not known what its faults did (runs.Info.FaultsKnown),
// nothing is assumed.

// restsOnFaults are the rules that a plan of faults puts to the test.
var restsOnFaults = []string{"K1", "K2", "K3", "C3", "C4", "C5", "C8", "T1", "T2", "T3", "T4"}

// plannedFaults is what is to be said of the planned faults of some stages.
type plannedFaults struct {
	// missed says why those that took no request did not, one sentence without a
	// period each; of each kind of fault in each stage there is one.
	missed []string
	// unknown names the stages of which it is not known what their faults did.
	unknown []string
}

func checkPlannedFaults(stages []runs.Stage) (f plannedFaults) {
	var taken []string // kinds that were done to any request
	for i := range stages {
		if !stages[i].FaultsKnown() {
			f.unknown = append(f.unknown, stages[i].Stage)
		}
		for _, w := range stages[i].FaultWindows {
			if w.Tested() {
				taken = append(taken, w.Fault)
			}
		}
	}
	for i := range stages {
		told := slices.Clone(taken)
		for _, w := range runs.Untested(stages[i].FaultWindows) {
			if !slices.Contains(told, w.Fault) {
				told = append(told, w.Fault)
				f.missed = append(f.missed, fmt.Sprintf("the planned fault %s of stage %s %s", w, stages[i].Stage, w.Why(loadEnd(&stages[i]))))
			}
		}
	}
	return f
}

// loadEnd is how long after its start a stage's load ended, 0 when it is not known.
func loadEnd(s *runs.Stage) time.Duration {
	if s.Report == nil {
		return 0
	}
	return s.Report.Elapsed
}

// limit turns a verdict that rests on faults which did not happen into not
// exercised. What was seen without them stays in the reason.
func (f plannedFaults) limit(v *Verdict) {
	if v.Answer != Holds || len(f.missed) == 0 || !slices.Contains(restsOnFaults, v.Rule) {
		return
	}
	seen := v.Evidence()
	v.Answer, v.Reason = NotExercised, fmt.Sprintf("%s; apart from that it holds of %s", f.missed[0], seen)
}

// notes says what the verdicts do not rest on.
func (f plannedFaults) notes() (notes []string) {
	const most = 5
	for i, m := range f.missed {
		if i == most {
			notes = append(notes, fmt.Sprintf("%d more planned faults took no request", len(f.missed)-i))
			break
		}
		notes = append(notes, m+", and no rule that rests on it holds")
	}
	if len(f.unknown) > 0 {
		notes = append(notes, fmt.Sprintf("it is not known whether the planned faults of %s took any request: the run is from before that was recorded, or its process died", strings.Join(f.unknown, ", ")))
	}
	return notes
}
