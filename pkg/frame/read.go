package frame

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
)

// checked returns the error that a frame carries, or one that says that it has no columns:
// the zero frame is what a call returned beside an error that was not looked at.
func checked(df dataframe.DataFrame) error {
	if df.Err != nil {
		return df.Err
	}
	if df.Ncol() == 0 {
		return errors.New("the frame has no columns: look at the error of the call that made it")
	}
	return nil
}

// place returns where the column of a name stands.
func place(df dataframe.DataFrame, name string) (int, error) {
	if err := checked(df); err != nil {
		return 0, err
	}
	names := df.Names()
	if at := slices.Index(names, name); at >= 0 {
		return at, nil
	}
	return 0, missingColumn(name, names)
}

// places returns where the columns of several names stand, none of which may be named twice.
func places(df dataframe.DataFrame, names []string) ([]int, error) {
	if err := checked(df); err != nil {
		return nil, err
	}
	at := make([]int, len(names))
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("column %q is named twice", name)
		}
		var err error
		if at[i], err = place(df, name); err != nil {
			return nil, err
		}
	}
	return at, nil
}

// Numbers returns the values of a column in the order of the rows, NaN where a value is
// missing. true is 1 and false 0. A column that is misspelt or holds text is an error.
func Numbers(df dataframe.DataFrame, column string) ([]float64, error) {
	at, err := place(df, column)
	if err != nil {
		return nil, err
	}
	if df.Types()[at] == series.String {
		return nil, fmt.Errorf("column %q holds text: want one of numbers, such as %s", column, exampleNumbers(df))
	}
	values := make([]float64, df.Nrow())
	for i := range values {
		values[i] = df.Elem(i, at).Float()
	}
	return values, nil
}

// exampleNumbers names a column of numbers.
func exampleNumbers(df dataframe.DataFrame) string {
	types := df.Types()
	for _, kind := range []series.Type{series.Float, series.Int} {
		if at := slices.Index(types, kind); at >= 0 {
			return df.Names()[at]
		}
	}
	return "latency_ms"
}

// Texts returns the values of a column as text in the order of the rows: numbers with all
// their digits, "NaN" where a value is missing. A column that is misspelt is an error.
func Texts(df dataframe.DataFrame, column string) ([]string, error) {
	at, err := place(df, column)
	if err != nil {
		return nil, err
	}
	texts := make([]string, df.Nrow())
	for i := range texts {
		texts[i] = exactText(df.Elem(i, at))
	}
	return texts, nil
}

// exactText writes a value so that two that differ have different texts: gota writes
// floats with six decimals, and 4e-9 as 0.
func exactText(e series.Element) string {
	if e.Type() != series.Float {
		return e.String()
	}
	v := e.Float()
	if size := math.Abs(v); size != 0 && (size < 1e-6 || size >= 1e15) {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(v+0, 'f', -1, 64) // + 0 makes -0 be 0
}

// subset returns the rows at some places, in their order.
func subset(df dataframe.DataFrame, rows []int) (dataframe.DataFrame, error) {
	out := df.Subset(rows)
	return out, out.Err
}
