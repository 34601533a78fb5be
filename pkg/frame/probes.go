package frame

import (
	"fmt"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// probeRow is a stage of a constant arrival rate.
type probeRow struct {
	runs.Summary
	rate          float64
	verdict, note string
}

// probeColumns are the columns of Probes, in their order.
var probeColumns = []column[probeRow]{
	floatColumn("offered_per_s", func(p *probeRow) float64 { return p.rate }),
	intColumn("requests", func(p *probeRow) int64 { return int64(p.Requests) }),
	intColumn("failure", func(p *probeRow) int64 { return int64(p.Failure) }),
	intColumn("dropped", func(p *probeRow) int64 { return int64(p.Dropped) }),
	floatColumn("p50_ms", func(p *probeRow) float64 { return roundedBetween(p.P50Low, p.P50, p.Polls) }),
	floatColumn("p99_ms", func(p *probeRow) float64 { return roundedBetween(p.P99Low, p.P99, p.Polls) }),
	textColumn("verdict", func(p *probeRow) string { return p.verdict }),
	textColumn("because", func(p *probeRow) string { return p.note }),
}

// Probes returns a frame with one row for each stage of a search for the capacity, in the
// order given: the offered rate, the counts, the first threshold that failed, and the notes
// of Summary. A stage that does not begin with an arrival rate is an error.
func Probes(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	rows := make([]probeRow, len(stages))
	for i, s := range stages {
		plan, err := load.ParseStage(s.Load)
		if err != nil || !plan.Open() {
			return dataframe.DataFrame{}, fmt.Errorf("stage %q is no probe: it has no arrival rate (%v)", s.Stage, err)
		}
		rows[i] = probeRow{Summary: runs.Summarize(s), rate: plan.Rate[0].From, verdict: "holds"}
		for _, j := range s.Thresholds {
			if j.Verdict == "fail" {
				rows[i].verdict, rows[i].note = "fails", fmt.Sprintf("%s: %s", j.Threshold, j.Value)
				break
			}
		}
		known := rows[i].Summary
		known.Dropped = 0 // a column of its own
		rows[i].note = joinNotes(rows[i].note, known.Notes())
	}
	return newFrame("the probes", rows, probeColumns)
}
