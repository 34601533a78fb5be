package frame

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// GroupBy returns a frame with one row for each group of rows that agree in the columns by.
//
//	nb.Table(frame.GroupBy(df, []string{"reason"}, frame.Count(), frame.Mean("latency_ms")))
//
// In a cell, nb.Must(frame.GroupBy(…)) passes the frame on to the next function.
// The aggregates are Count, Sum, Mean, Median, Min, Max and Quantile; without any it counts.
// Groups are in the order of their numbers, and of texts in the order of their first rows;
// without by all rows are one group. Values that are missing (NaN) are left out of an
// aggregate, and a column missing_x then counts them; an aggregate of no values is NaN, a Sum
// is 0. With a Quantile the last column is a note of too few samples, as in Quantiles. A frame
// without rows has no groups. It takes the place of gota's GroupBy, which merges
// groups such as ("b", "c_d") and ("b_c", "d").
func GroupBy(df dataframe.DataFrame, by []string, aggregates ...Aggregate) (dataframe.DataFrame, error) {
	at, err := places(df, by)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	groups := groupRows(df, at)
	columns, err := keyColumns(df, by, groups)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	if len(aggregates) == 0 {
		aggregates = []Aggregate{Count()}
	}
	aggregated, err := aggregate(df, groups, aggregates)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	return joined(append(columns, aggregated...))
}

// groupRows returns the rows of each group, in the order of GroupBy.
func groupRows(df dataframe.DataFrame, at []int) (groups [][]int) {
	known := map[string]int{}
	var key strings.Builder
	for i := range df.Nrow() {
		key.Reset()
		for _, j := range at {
			text := exactText(df.Elem(i, j))
			key.WriteString(strconv.Itoa(len(text))) // so that no two keys are written alike
			key.WriteByte(':')
			key.WriteString(text)
		}
		n, ok := known[key.String()]
		if !ok {
			n = len(groups)
			known[key.String()] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], i)
	}
	sortGroups(df, at, groups)
	return groups
}

// sortGroups sorts groups by their keys: numbers ascending, texts as they first appear.
func sortGroups(df dataframe.DataFrame, at []int, groups [][]int) {
	ranks := make([]func(row int) float64, len(at))
	for n, j := range at {
		if kind := df.Types()[j]; kind == series.Int || kind == series.Float {
			ranks[n] = func(row int) float64 { return df.Elem(row, j).Float() }
			continue
		}
		first := map[string]float64{}
		for _, g := range groups {
			text := df.Elem(g[0], j).String()
			if _, known := first[text]; !known {
				first[text] = float64(len(first))
			}
		}
		ranks[n] = func(row int) float64 { return first[df.Elem(row, j).String()] }
	}
	slices.SortStableFunc(groups, func(a, b []int) int {
		for _, rank := range ranks {
			if c := cmp.Compare(rank(a[0]), rank(b[0])); c != 0 {
				return c
			}
		}
		return 0
	})
}

// keyColumns returns the columns by with one value for each group.
func keyColumns(df dataframe.DataFrame, by []string, groups [][]int) (columns []series.Series, err error) {
	first := make([]int, len(groups))
	for i, g := range groups {
		first[i] = g[0]
	}
	for _, name := range by {
		col := df.Col(name).Subset(first)
		if col.Err != nil {
			return nil, col.Err
		}
		columns = append(columns, col)
	}
	return columns, nil
}

// aggregate returns a column for each aggregate, and one that counts what is missing for
// each column that misses values.
func aggregate(df dataframe.DataFrame, groups [][]int, aggregates []Aggregate) (columns []series.Series, err error) {
	values := map[string][]float64{}
	var names []string // of values, in the order of their first use
	for _, a := range aggregates {
		if a.err != nil {
			return nil, a.err
		}
		if _, known := values[a.column]; a.of == nil || known { // Count is of no column
			continue
		}
		if values[a.column], err = Numbers(df, a.column); err != nil {
			return nil, err
		}
		names = append(names, a.column)
	}
	sorted, missing := sortedByGroup(groups, values)
	for _, a := range aggregates {
		columns = append(columns, a.series(groups, sorted[a.column]))
	}
	for _, name := range names {
		if m := missing[name]; slices.Max(append(m, 0)) > 0 {
			columns = append(columns, series.New(m, series.Int, "missing_"+name))
		}
	}
	return append(columns, sampleNotes(aggregates, len(groups), sorted)...), nil
}

// sortedByGroup returns the values of each column and group ascending, without those that
// are missing, and how many those are.
func sortedByGroup(groups [][]int, values map[string][]float64) (map[string][][]float64, map[string][]int) {
	sorted, missing := map[string][][]float64{}, map[string][]int{}
	for name, column := range values {
		for _, g := range groups {
			of := make([]float64, 0, len(g))
			for _, row := range g {
				if v := column[row]; !math.IsNaN(v) {
					of = append(of, v)
				}
			}
			slices.Sort(of)
			sorted[name] = append(sorted[name], of)
			missing[name] = append(missing[name], len(g)-len(of))
		}
	}
	return sorted, missing
}

// joined returns a frame of columns that have different names.
func joined(columns []series.Series) (dataframe.DataFrame, error) {
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] {
			return dataframe.DataFrame{}, fmt.Errorf("two columns would be named %q: leave one out", c.Name)
		}
		seen[c.Name] = true
	}
	df := dataframe.New(columns...)
	return df, df.Err
}
