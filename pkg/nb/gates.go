package nb

import (
	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// Gates judges a comparison by gates such as "p99 < +10%" (runs.ParseGates) and
// shows the verdicts.
func Gates(c runs.Comparison, gates ...string) {
	parsed, err := runs.ParseGates(gates...)
	done(err)
	Table(frame.Gates(runs.JudgeGates(parsed, []runs.Comparison{c}, nil)))
}
