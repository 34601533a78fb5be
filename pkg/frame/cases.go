package frame

import (
	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// caseColumns are the columns of Cases: the original notebook's, and those that decide a
// case.
var caseColumns = []column[runs.Operation]{
	textColumn("case", func(o *runs.Operation) string { return o.Stage }),
	boolColumn("success", func(o *runs.Operation) bool { return o.Success }),
	intColumn("status", func(o *runs.Operation) int64 { return o.Status }),
	textColumn("reason", func(o *runs.Operation) string { return o.Reason }),
	intColumn("attempts", func(o *runs.Operation) int64 { return o.Attempts }),
	floatColumn("latency_ms", func(o *runs.Operation) float64 { return rounded(o.LatencyMS) }),
	textColumn("message", func(o *runs.Operation) string { return o.Message }),
}

// Cases returns a frame with one row for each operation of the sequential cases, in the
// order given. Latencies are rounded as in Summary.
func Cases(cases []runs.Stage) (dataframe.DataFrame, error) {
	var rows []runs.Operation
	for _, c := range cases {
		in, err := c.ReadRows() // in their order
		if err != nil {
			return dataframe.DataFrame{}, err
		}
		rows = append(rows, in.Operations...)
	}
	return newFrame("the cases", rows, caseColumns)
}
