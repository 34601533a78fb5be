// Package frame converts the rows of a run into gota data frames, the tables of a
// notebook.
//
// Columns have the names of the parquet columns, which package runs describes; a
// name ends in the unit. Times (the columns that end in _ts) are seconds since 1970 as a
// float, as the original notebook's time.time() had them; a float64 holds them
// to a quarter of a microsecond. Counts and numbers are int columns. A frame of
// no rows has all its columns.
//
// Known faults of gota: GroupBy may merge groups whose keys differ, one NaN makes
// Mean NaN, and CSV is written with six decimals. So statistics are computed
// from the rows, by runs.Summarize and package compare, before a frame is made.
package frame

import (
	"fmt"
	"runtime"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"golang.org/x/sync/errgroup"
)

// newFrame makes the frame of the rows. It begins with a row of zero values that gota
// repeats, and sets the elements in place: series that are filled from slices are copied
// twice on their way into a frame, which took 2.5 times the memory, and a large frame
// spends its time on waiting for new memory.
func newFrame[T any](what string, rows []T, columns []column[T]) (dataframe.DataFrame, error) {
	blank := make([]series.Series, len(columns))
	for i, col := range columns {
		blank[i] = series.New([]int{0}, col.kind, col.name)
	}
	df := dataframe.New(blank...).Subset(make([]int, len(rows)))
	if df.Err != nil {
		return dataframe.DataFrame{}, fmt.Errorf("frame of %s: %w", what, df.Err)
	}
	// blocks, because their rows stay in a processor's cache for all columns
	const block = 1024
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(rows); from += block {
		g.Go(func() error { fillRows(df, rows, from, min(from+block, len(rows)), columns); return nil })
	}
	return df, g.Wait()
}

func fillRows[T any](df dataframe.DataFrame, rows []T, from, to int, columns []column[T]) {
	var c cell
	for j, col := range columns {
		for i := from; i < to; i++ {
			col.get(&c, &rows[i])
			df.Elem(i, j).Set(&c)
		}
	}
}

// unixSeconds is a time in seconds since 1970; 0 for the zero time, which no recorded row
// has.
func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}
