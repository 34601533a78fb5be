package frame

import (
	"fmt"
	"math"
	"strconv"

	"github.com/go-gota/gota/series"

	"sagalab/pkg/load"
)

// Aggregate is what GroupBy calculates for each group: Count, Sum, Mean, Median, Min, Max
// or Quantile. The zero value counts rows.
type Aggregate struct {
	name, column string // "p99_latency_ms", "latency_ms"; both "" for Count
	of           func(sorted []float64) float64
	q            float64 // of Quantile, 0 for others
	err          error
}

// Count counts the rows of a group, those with missing values included, in a column rows.
func Count() Aggregate { return Aggregate{} }

// Sum adds up a column in a column sum_x; 0 for no values.
func Sum(column string) Aggregate { return Aggregate{name: "sum_" + column, column: column, of: sum} }

// Mean returns the mean of a column in a column mean_x; of bools it is the fraction that is true.
func Mean(column string) Aggregate {
	return Aggregate{name: "mean_" + column, column: column, of: func(v []float64) float64 { return sum(v) / float64(len(v)) }}
}

// Min returns the smallest value of a column in a column min_x.
func Min(column string) Aggregate { return quantile("min_", column, 0) }

// Max returns the largest value of a column in a column max_x.
func Max(column string) Aggregate { return quantile("max_", column, 1) }

// Median returns the 0.5-quantile of a column in a column p50_x, as Quantile does, without a note.
func Median(column string) Aggregate { return quantile(percentileName(.5)+"_", column, .5) }

// Quantile returns the q-quantile of a column, 0 < q < 1, in a column such as
// p99_latency_ms: a value that was measured, by its nearest rank (load.Quantile). The last
// column, note, names the quantiles of a group that rest on too few values, fewer than ten beyond
// them.
func Quantile(column string, q float64) Aggregate {
	a := quantile(percentileName(q)+"_", column, q)
	a.q = q
	if !(q > 0 && q < 1) {
		a.err = fmt.Errorf("quantile %v of %s: want a fraction between 0 and 1, such as 0.99", q, column)
	}
	return a
}

func quantile(prefix, column string, q float64) Aggregate {
	return Aggregate{name: prefix + column, column: column, of: func(v []float64) float64 { return load.Quantile(v, q) }}
}

// percentileName is "p99" for 0.99 and "p99.9" for 0.999.
func percentileName(q float64) string {
	return "p" + strconv.FormatFloat(math.Round(q*1e8)/1e6, 'f', -1, 64)
}

func sum(values []float64) (s float64) {
	for _, v := range values {
		s += v
	}
	return s
}

// series returns the aggregate's column.
func (a Aggregate) series(groups [][]int, sorted [][]float64) series.Series {
	if a.of == nil {
		counts := make([]int, len(groups))
		for i, g := range groups {
			counts[i] = len(g)
		}
		return series.New(counts, series.Int, "rows")
	}
	values := make([]float64, len(groups))
	for i := range groups {
		values[i] = a.of(sorted[i])
	}
	return series.New(values, series.Float, a.name)
}
