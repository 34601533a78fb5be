package audit

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/runs"
)

// A stage's plan of faults tests how the service behaves under them. When a window
// of it took no request, that was not tested, however well the service behaved
// without. So:
//
// If a window of the stages audited took no request, and no window with the same
// kind of fault in these stages took any, rules with restsOnFaults that would hold
// are not exercised. They are about what a fault brings about: keys that are asked
// again, answers that are lost, sagas that are interrupted. The other rules judge
// the load itself, its stock, money and ids, and keep their verdicts, and so do
// Violated, which is a fact, and Unknown.
//
// Of a stage of which it is not known what its faults did (runs.Info.FaultsKnown),
// nothing is assumed.

// plannedFaults says which planned faults took no request.
type plannedFaults struct {
	// missed says why those that took no request did not, one sentence without a
	// period each; of each kind of fault in each stage there is one.
	missed []string
	// unknown names the stages of which it is not known what their faults did.
	unknown []string
}

// checkPlannedFaults finds out which planned faults of the stages took no request.
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
		named := slices.Clone(taken)
		for _, w := range runs.Untested(stages[i].FaultWindows) {
			if !slices.Contains(named, w.Fault) {
				named = append(named, w.Fault)
				f.missed = append(f.missed, fmt.Sprintf("the planned fault %s of stage %s %s", w, stages[i].Stage, w.Why(loadEnd(&stages[i]))))
			}
		}
	}
	return f
}

// loadEnd returns how long after its start a stage's load ended, 0 when it is not
// known.
func loadEnd(s *runs.Stage) time.Duration {
	if s.Report == nil {
		return 0
	}
	return s.Report.Elapsed
}

// limit turns a verdict that rests on faults which did not happen into not
// exercised. What was judged without them stays in the reason.
func (f plannedFaults) limit(v *Verdict, r *rule) {
	if v.Answer != Holds || len(f.missed) == 0 || !r.restsOnFaults {
		return
	}
	seen := v.Evidence()
	v.Answer, v.Reason = NotExercised, fmt.Sprintf("%s; apart from that it holds of %s", f.missed[0], seen)
}

// notes says which planned faults took no request, and that no rule rests on them.
func (f plannedFaults) notes() (notes []string) {
	const most = 5
	for i, m := range f.missed {
		if i == most {
			notes = append(notes, history.Counted(len(f.missed)-i, "more planned fault", "more planned faults")+" took no request")
			break
		}
		notes = append(notes, m+", and no rule that rests on it holds")
	}
	if len(f.unknown) > 0 {
		notes = append(notes, fmt.Sprintf("it is not known whether the planned faults of %s took any request: the run is from before that was recorded, or its process died", strings.Join(f.unknown, ", ")))
	}
	return notes
}
