package frame

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// Join returns a row for each attempt with the columns of its operation left of it, in the
// order of the operations.
//
//	nb.Table(frame.Join(heavy.Frame(), heavy.Attempts()))
//
// In a cell, nb.Must(frame.Join(…)) passes the frame on to the next function.
// A column that both frames have is of the operation; the attempt's is then named attempt_x,
// such as attempt_latency_ms. Rows belong together that agree in index, and in stage where both
// frames have that column. Attempts whose operation is not in the frame are left out, and so are
// operations whose attempts are not; when nothing belongs together it is an error.
func Join(operations, attempts dataframe.DataFrame) (dataframe.DataFrame, error) {
	keys := []string{"index"}
	if slices.Contains(operations.Names(), "stage") && slices.Contains(attempts.Names(), "stage") {
		keys = []string{"index", "stage"}
	}
	left, err := joinKeys("operations", operations, keys)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	right, err := joinKeys("attempts", attempts, keys)
	if err != nil {
		return dataframe.DataFrame{}, err
	}
	of := map[string][]int{} // the attempts of a key
	for row, key := range right {
		of[key] = append(of[key], row)
	}
	seen := map[string]bool{}
	leftRows, rightRows := []int{}, []int{}
	for row, key := range left {
		if seen[key] {
			return dataframe.DataFrame{}, fmt.Errorf("join: operation %s stands in two rows: a frame of several stages needs the column stage in both frames", operations.Elem(row, slices.Index(operations.Names(), "index")))
		}
		seen[key] = true
		for _, r := range of[key] {
			leftRows, rightRows = append(leftRows, row), append(rightRows, r)
		}
	}
	if len(leftRows) == 0 && len(left) > 0 && len(right) > 0 {
		return dataframe.DataFrame{}, errors.New("join: no attempt belongs to an operation: are the two frames of the same stage?")
	}
	return besides(operations, leftRows, attempts, rightRows, keys)
}

// joinKeys returns the key of each row.
func joinKeys(what string, df dataframe.DataFrame, columns []string) ([]string, error) {
	at, err := places(df, columns)
	if err != nil {
		return nil, fmt.Errorf("join, %s: %w", what, err)
	}
	keys := make([]string, df.Nrow())
	for i := range keys {
		for _, j := range at {
			text := exactText(df.Elem(i, j))
			keys[i] += strconv.Itoa(len(text)) + ":" + text
		}
	}
	return keys, nil
}

// besides returns rows of one frame with rows of another one right of them, without the
// other one's keys.
func besides(left dataframe.DataFrame, leftRows []int, right dataframe.DataFrame, rightRows []int, keys []string) (dataframe.DataFrame, error) {
	var columns []series.Series
	for _, name := range left.Names() {
		columns = append(columns, left.Col(name).Subset(leftRows))
	}
	for _, name := range right.Names() {
		if slices.Contains(keys, name) {
			continue
		}
		col := right.Col(name).Subset(rightRows)
		if slices.Contains(left.Names(), name) {
			col.Name = "attempt_" + name
		}
		columns = append(columns, col)
	}
	return joined(columns)
}
