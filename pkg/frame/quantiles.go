package frame

import (
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/load"
)

// Quantiles returns the quantiles of a column for each value of the column by, "" for all rows.
//
//	nb.Table(frame.Quantiles(df, "latency_ms", "attempts", 0.5, 0.95, 0.99))
//
// The columns are by, rows, p50_latency_ms and so on, and a note that names the quantiles that
// rest on too few rows, fewer than ten beyond them. Without q they are 0.5, 0.95 and 0.99.
// Groups and missing values are as in GroupBy.
func Quantiles(df dataframe.DataFrame, column, by string, q ...float64) (dataframe.DataFrame, error) {
	if len(q) == 0 {
		q = []float64{.5, .95, .99}
	}
	aggregates := []Aggregate{Count()}
	for _, fraction := range q {
		aggregates = append(aggregates, Quantile(column, fraction))
	}
	var keys []string
	if by != "" {
		keys = []string{by}
	}
	grouped, err := GroupBy(df, keys, aggregates...)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	rows, err := Numbers(grouped, "rows")
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	if missing, err := Numbers(grouped, "missing_"+column); err == nil {
		for i := range rows {
			rows[i] -= missing[i]
		}
	}
	notes := make([]string, len(rows))
	for i, n := range rows {
		notes[i] = fewSamples(int(n), q)
	}
	out := grouped.Mutate(series.New(notes, series.String, "note"))
	return out, out.Err
}

// fewSamples names the quantiles that n values are too few for.
func fewSamples(n int, q []float64) string {
	var weak []string
	for _, fraction := range q {
		if n < load.SamplesFor(max(fraction, 1-fraction)) {
			weak = append(weak, percentileName(fraction))
		}
	}
	if len(weak) == 0 {
		return ""
	}
	return "few samples: " + strings.Join(weak, " ")
}
