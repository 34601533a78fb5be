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
// from the rows, by runs.Summarize and package compare, before a frame is made; and
// where a person works on a frame, GroupBy, Quantiles, Top, Where, Join, WriteCSV and
// WriteParquet take the place of gota's. A frame that carries an error (its Err) gives
// that error, and the zero frame, which is what a call returns beside an error, another.
package frame

import (
	"fmt"
	"runtime"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"golang.org/x/sync/errgroup"
)

// part is rows of a frame with the columns that they are read by. All parts of a frame have
// columns of the same names and kinds.
type part[T any] struct {
	rows    []T
	columns []column[T]
	stream  *stream[T] // in place of rows, when they stay on disk
}

func (p part[T]) count() int {
	if p.stream != nil {
		return len(p.stream.places)
	}
	return len(p.rows)
}

// newFrame makes the frame of the rows.
func newFrame[T any](what string, rows []T, columns []column[T]) (dataframe.DataFrame, error) {
	return newFrameOf(what, []part[T]{{rows: rows, columns: columns}})
}

// newFrameOf makes one frame of the rows of several parts, of which there must be one. It
// begins with a row of zero values, or constant ones, that gota repeats, and sets the elements in place: series
// that are filled from slices are copied twice on their way into a frame, which took 2.5
// times the memory, and a large frame spends its time on waiting for new memory.
func newFrameOf[T any](what string, parts []part[T]) (dataframe.DataFrame, error) {
	n := 0
	for _, p := range parts {
		n += p.count()
	}
	blank := make([]series.Series, len(parts[0].columns))
	for i, col := range parts[0].columns {
		blank[i] = series.New([]int{0}, col.kind, col.name)
		if col.get == nil {
			blank[i] = series.New(col.constant, col.kind, col.name)
		}
	}
	df := dataframe.New(blank...).Subset(make([]int, n))
	if df.Err != nil {
		return dataframe.DataFrame{}, fmt.Errorf("frame of %s: %w", what, df.Err)
	}
	// blocks, because their rows stay in a processor's cache for all columns
	const block = 1024
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	at := 0 // the row of the frame at which a part begins
	for _, p := range parts {
		if p.stream != nil {
			p.stream.fill(df, at, p.columns)
		}
		for from := 0; from < len(p.rows); from += block {
			rows, first := p.rows[from:min(from+block, len(p.rows))], at+from
			g.Go(func() error { fillRows(df, first, rows, p.columns); return nil })
		}
		at += p.count()
	}
	return df, g.Wait()
}

// fillRows sets the rows of a frame from first on.
func fillRows[T any](df dataframe.DataFrame, first int, rows []T, columns []column[T]) {
	var c cell
	for j, col := range columns {
		if col.get == nil {
			continue
		}
		for i := range rows {
			col.get(&c, &rows[i])
			df.Elem(first+i, j).Set(&c)
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
