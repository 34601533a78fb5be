package nb

import (
	"fmt"

	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// Gates judges a comparison by gates such as "p99 < +10%" (runs.ParseGates), shows
// the verdicts, and ends with the overall one. They are kept beside the newest run of
// this kernel's session, for the head of the page.
func Gates(c runs.Comparison, gates ...string) {
	parsed, err := runs.ParseGates(gates...)
	exitOnError(err)
	results := runs.JudgeGates(parsed, []runs.Comparison{c}, nil)
	Table(frame.Gates(results))
	printf("%s\n", gatesText(results))
	exitOnError(keepGates(c, results))
}

// keepGates records the verdicts in the newest run of the session. Outside a kernel
// there is neither a session nor a page.
func keepGates(c runs.Comparison, results []runs.GateResult) error {
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
	return list[len(list)-1].SaveGates(c.B.Stage+" against "+c.A.Stage, results)
}

// gatesText counts the verdicts and says what follows from them: violated when one gate
// is, else unclear when one could not be judged.
func gatesText(results []runs.GateResult) string {
	counts := map[runs.GateVerdict]int{}
	for _, r := range results {
		counts[r.Verdict]++
	}
	overall := map[int]runs.GateVerdict{0: runs.GateHolds, 1: runs.GateViolated, 2: runs.GateUnclear}[runs.GateExit(results, runs.GateUnclear)]
	return fmt.Sprintf("Gates: %d hold, %d violated, %d unclear: %s", counts[runs.GateHolds], counts[runs.GateViolated], counts[runs.GateUnclear], overall)
}
