package frame

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// Head returns the first n rows of a frame, or all when it has fewer; n must be 1 or more.
//
//	nb.Table(frame.Head(df, 5))
//
// In a cell, nb.Must(frame.Head(…)) passes the frame on to the next function.
func Head(df dataframe.DataFrame, n int) (dataframe.DataFrame, error) {
	if err := cmp.Or(checked(df), checkCount("head", n)); err != nil {
		return dataframe.DataFrame{}, err
	}
	rows := make([]int, min(n, df.Nrow()))
	for i := range rows {
		rows[i] = i
	}
	return subset(df, rows)
}

// Top returns the n rows with the largest values of a column, the largest first.
//
//	nb.Table(frame.Top(df, "latency_ms", 10))
//
// In a cell, nb.Must(frame.Top(…)) passes the frame on to the next function.
// Of equal values the earlier row comes first; rows without a value come last. n must be 1 or
// more, and the column one of numbers.
func Top(df dataframe.DataFrame, column string, n int) (dataframe.DataFrame, error) {
	values, err := Numbers(df, column)
	if err := cmp.Or(err, checkCount("top", n)); err != nil {
		return dataframe.DataFrame{}, err
	}
	rows := make([]int, len(values))
	for i := range rows {
		rows[i] = i
	}
	slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(values[b], values[a]) }) // NaN is below all
	return subset(df, rows[:min(n, len(rows))])
}

// Select returns a frame of the named columns in the order named.
//
//	nb.Table(frame.Select(df, "index", "latency_ms"))
//
// In a cell, nb.Must(frame.Select(…)) passes the frame on to the next function.
func Select(df dataframe.DataFrame, columns ...string) (dataframe.DataFrame, error) {
	at, err := places(df, columns)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	if len(at) == 0 {
		return dataframe.DataFrame{}, fmt.Errorf("select names no column: name some of %q", df.Names())
	}
	out := df.Select(at)
	return out, out.Err
}

// Condition is what Where asks of a value: Above, Below or Not.
type Condition struct {
	words string
	bound float64 // of Above and Below
	holds func(float64) bool
	not   any // of Not
}

// Above holds for numbers greater than v, as in frame.Where(df, "attempts", frame.Above(1)). With
// NaN for v Where is an error.
func Above(v float64) Condition {
	return Condition{words: "above", bound: v, holds: func(x float64) bool { return x > v }}
}

// Below holds for numbers smaller than v, as in frame.Where(df, "latency_ms", frame.Below(10)).
// With NaN for v Where is an error.
func Below(v float64) Condition {
	return Condition{words: "below", bound: v, holds: func(x float64) bool { return x < v }}
}

// Not holds for all values but one, as in frame.Where(df, "outcome", frame.Not("ok")).
func Not(value any) Condition { return Condition{words: "not", not: value} }

// Where returns the rows in which a column has a value, or fulfils Above, Below or Not.
//
//	nb.Table(frame.Where(df, "reason", "timeout"))
//	nb.Table(frame.Where(df, "latency_ms", frame.Above(500)))
//
// In a cell, nb.Must(frame.Where(…)) passes the frame on to the next function.
// The value must be of the column's kind: a text, a number or a bool. The frame has no rows
// when none fits; a missing value fits no number but math.NaN(), and Not.
func Where(df dataframe.DataFrame, column string, value any) (dataframe.DataFrame, error) {
	at, err := place(df, column)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	fits, err := matcher(df.Types()[at], value)
	if err != nil {
		return dataframe.DataFrame{}, fmt.Errorf("where %s: %w", column, err)
	}
	rows := []int{}
	for i := range df.Nrow() {
		if fits(df.Elem(i, at)) {
			rows = append(rows, i)
		}
	}
	return subset(df, rows)
}

// matcher returns the test of a value that a column's elements have to pass.
func matcher(kind series.Type, value any) (func(series.Element) bool, error) {
	switch v := value.(type) {
	case Condition:
		return v.matcher(kind)
	case string:
		if kind == series.String {
			return func(e series.Element) bool { return e.String() == v }, nil
		}
	case bool:
		if kind == series.Bool {
			return func(e series.Element) bool { b, err := e.Bool(); return err == nil && b == v }, nil
		}
	default:
		if x, ok := number(value); ok && (kind == series.Int || kind == series.Float) {
			return func(e series.Element) bool { y := e.Float(); return x == y || math.IsNaN(x) && math.IsNaN(y) }, nil
		}
	}
	if s, ok := value.(fmt.Stringer); ok && kind == series.String {
		return matcher(kind, s.String())
	}
	return nil, fmt.Errorf("%#v is no %s, which the column holds", value, kindName(kind))
}

func (c Condition) matcher(kind series.Type) (func(series.Element) bool, error) {
	switch {
	case c.not != nil:
		fits, err := matcher(kind, c.not)
		return func(e series.Element) bool { return !fits(e) }, err
	case c.holds == nil:
		return nil, fmt.Errorf("the condition is empty: use Above, Below or Not")
	case math.IsNaN(c.bound):
		return nil, fmt.Errorf("no number is %s NaN: give a number, or math.NaN() itself for the missing ones", c.words)
	case kind != series.Int && kind != series.Float:
		return nil, fmt.Errorf("%s compares numbers, and the column holds %s", c.words, kindName(kind))
	}
	return func(e series.Element) bool { return c.holds(e.Float()) }, nil
}

// number returns a Go number as a float64.
func number(value any) (float64, bool) {
	switch v := value.(type) {
	case int:
		return float64(v), true
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func kindName(kind series.Type) string {
	switch kind {
	case series.String:
		return "text"
	case series.Bool:
		return "bool"
	}
	return "number"
}

func checkCount(what string, n int) error {
	if n < 1 {
		return fmt.Errorf("%s of %d rows: ask for 1 or more", what, n)
	}
	return nil
}
