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
// In a cell, nb.Must(frame.Quantiles(…)) passes the frame on to the next function.
// The columns are by, rows, p50_latency_ms and so on, and a note that names the quantiles that
// rest on too few rows, fewer than ten beyond them. Without q they are 0.5, 0.95 and 0.99.
// A quantile is a value that was measured, by its nearest rank. Groups and missing values are as
// in GroupBy.
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
	return GroupBy(df, keys, aggregates...)
}

// sampleNotes returns the column note when there is a Quantile among the aggregates.
func sampleNotes(aggregates []Aggregate, groups int, sorted map[string][][]float64) []series.Series {
	var quantiles []Aggregate
	several := false // columns
	for _, a := range aggregates {
		if a.q != 0 {
			quantiles = append(quantiles, a)
			several = several || a.column != quantiles[0].column
		}
	}
	if len(quantiles) == 0 {
		return nil
	}
	notes := make([]string, groups)
	for i := range notes {
		notes[i] = fewSamples(quantiles, several, func(column string) int { return len(sorted[column][i]) })
	}
	return []series.Series{series.New(notes, series.String, "note")}
}

// fewSamples names the quantiles that the values of their column are too few for.
func fewSamples(quantiles []Aggregate, several bool, values func(column string) int) string {
	var weak []string
	for _, a := range quantiles {
		if values(a.column) >= load.SamplesFor(max(a.q, 1-a.q)) {
			continue
		}
		name := percentileName(a.q)
		if several {
			name = a.name
		}
		weak = append(weak, name)
	}
	if len(weak) == 0 {
		return ""
	}
	return "few samples: " + strings.Join(weak, " ")
}
