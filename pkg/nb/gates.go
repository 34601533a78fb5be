package nb

import (
	"fmt"

	"sagalab/pkg/compare"
	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// Gates judges a comparison by gates such as "p99 < +10%" (compare.ParseGates), shows
// the verdicts, and ends with the overall one. They are kept beside the newest run of
// this kernel's session, for the head of the page.
func Gates(c compare.Comparison, gates ...string) {
	parsed, err := compare.ParseGates(gates...)
	done(err)
	results := compare.JudgeGates(parsed, []compare.Comparison{c}, nil)
	Table(frame.Gates(results))
	say("%s\n", gatesOf(results))
	done(keepGates(c, results))
}

// keepGates records the verdicts in the newest run of the session. Outside a kernel
// there is neither a session nor a page.
func keepGates(c compare.Comparison, results []compare.GateResult) error {
	id, err := session()
	if err != nil {
		return nil
	}
	store, err := Lab{}.store()
	if err != nil {
		return err
	}
	list, err := store.OfSession(id)
	if err != nil || len(list) == 0 {
		return err
	}
	kept := make([]runs.JudgedGate, len(results))
	for i, r := range results {
		kept[i] = runs.JudgedGate{Gate: r.Gate.String(), Verdict: string(r.Verdict), Detail: r.Detail}
	}
	return list[len(list)-1].SaveGates(c.B.Stage+" against "+c.A.Stage, kept)
}

// gatesOf counts the verdicts and says what follows from them: violated when one gate
// is, else unclear when one could not be judged.
func gatesOf(results []compare.GateResult) string {
	counts := map[compare.GateVerdict]int{}
	for _, r := range results {
		counts[r.Verdict]++
	}
	overall := map[int]compare.GateVerdict{0: compare.GateHolds, 1: compare.GateViolated, 2: compare.GateUnclear}[compare.GateExit(results, compare.GateUnclear)]
	return fmt.Sprintf("Gates: %d hold, %d violated, %d unclear: %s", counts[compare.GateHolds], counts[compare.GateViolated], counts[compare.GateUnclear], overall)
}
