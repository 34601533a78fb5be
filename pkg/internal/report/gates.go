package report

import (
	"fmt"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

// newGates returns the empty table of the gates of comparisons.
func newGates() Table {
	return Table{Title: "Gates", Columns: []string{"comparison", "gate", "verdict", "because"}}
}

func (b *builder) addGate(g runs.JudgedGate) {
	says := fmt.Sprintf("gate %s of %s", g.Gate, g.Comparison)
	mark := ""
	switch compare.GateVerdict(g.Verdict) {
	case compare.GateHolds:
		b.judged = append(b.judged, says)
	case compare.GateViolated:
		mark = markBad
		b.failed = append(b.failed, says+" is violated")
	default:
		mark = markWarn
		b.unclear = append(b.unclear, says)
	}
	b.gates.add(mark, g.Comparison, g.Gate, g.Verdict, g.Detail)
}
