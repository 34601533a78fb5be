// Package frame turns the rows of a run into gota data frames, the tables that
// people read and compute with in a notebook.
//
// Columns are named as in package runs, which has their meanings: the names end
// in the unit. Times (the columns that end in _ts) are seconds since 1970 as a
// float, as the original notebook's time.time() had them; a float64 holds them
// to a quarter of a microsecond. Counts and numbers are int columns. A frame of
// no rows has all its columns.
//
// gota's traps, so that nobody walks into them: GroupBy merges unlike groups, a
// NaN spoils Mean, and CSV is written with six decimals. Statistics are computed
// from the rows, by runs.Summarize, before a frame is made.
package frame

import (
	"fmt"
	"runtime"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"golang.org/x/sync/errgroup"
)

// build makes the frame of the rows. It begins with a row of zero values that
// gota repeats, and sets the elements in place: series that are filled from
// slices are copied twice on their way into a frame, which took 2.5 times the
// memory, and memory that was never used before is what a large frame waits for.
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

// epoch is a time in seconds since 1970; 0 for the zero time, which no recorded
// row has.
func unixSeconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.Unix()) + float64(t.Nanosecond())/1e9
}
