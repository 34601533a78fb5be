package runs

import (
	"fmt"
	"slices"
	"time"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/purchase"
)

// tableColumn is a column of a table whose rows are of type T.
type tableColumn[T any] struct {
	name string
	kind parquet.Kind
	// few is true for texts of which few differ, which share their memory.
	few bool
	// with is the column that is read with this one, as an ID has two; "" for none.
	with string
	// later is true for a column that runs from before it was recorded do not have.
	later bool
	// set sets the field of each row to the next values of the page.
	set func(rows []T, page *columnReader)
}

func intColumn[T any](name string, field func(*T) *int64) tableColumn[T] {
	return tableColumn[T]{name: name, kind: parquet.Int64, set: func(rows []T, page *columnReader) {
		for i, v := range page.ints[page.at : page.at+len(rows)] {
			*field(&rows[i]) = v
		}
	}}
}

// idColumn is the column of IDs with their numbers, and text the one with their texts, which
// runs from before it was recorded do not have: they have numbers alone.
func idColumn[T any](name, text string, field func(*T) *purchase.ID) tableColumn[T] {
	return tableColumn[T]{name: name, with: text, kind: parquet.Int64, set: func(rows []T, page *columnReader) {
		for i, v := range page.ints[page.at : page.at+len(rows)] {
			*field(&rows[i]) = purchase.NumberID(v)
		}
	}}
}

// idTextColumn is the column of IDs with their texts, which is read after number, the one
// with their numbers. A text that is no ID is a panic with an error, see catchDecoding.
func idTextColumn[T any](name, number string, field func(*T) *purchase.ID) tableColumn[T] {
	return tableColumn[T]{name: name, with: number, kind: parquet.ByteArray, few: true, set: func(rows []T, page *columnReader) {
		for i := range rows {
			id := field(&rows[i])
			if *id != 0 {
				continue
			}
			if text := page.textAt(page.at + i); text != "" {
				read, err := purchase.ParseID(text)
				if err != nil {
					panic(fmt.Errorf("column %s: %w", name, err))
				}
				*id = read
			}
		}
	}}
}

// laterColumn returns a column as one that older runs do not have: its values are zero there.
func laterColumn[T any](c tableColumn[T]) tableColumn[T] {
	c.later = true
	return c
}

func timeColumn[T any](name string, field func(*T) *time.Time) tableColumn[T] {
	return tableColumn[T]{name: name, kind: parquet.Int64, set: func(rows []T, page *columnReader) {
		for i, v := range page.ints[page.at : page.at+len(rows)] {
			*field(&rows[i]) = time.Unix(0, v).UTC()
		}
	}}
}

func floatColumn[T any](name string, field func(*T) *float64) tableColumn[T] {
	return tableColumn[T]{name: name, kind: parquet.Double, set: func(rows []T, page *columnReader) {
		for i, v := range page.floats[page.at : page.at+len(rows)] {
			*field(&rows[i]) = v
		}
	}}
}

func boolColumn[T any](name string, field func(*T) *bool) tableColumn[T] {
	return tableColumn[T]{name: name, kind: parquet.Boolean, set: func(rows []T, page *columnReader) {
		for i := range rows {
			n := page.at + i
			*field(&rows[i]) = page.bits[n/8]>>(n%8)&1 == 1
		}
	}}
}

// textColumn is a column of texts of which most differ.
func textColumn[T any](name string, field func(*T) *string) tableColumn[T] {
	return anyTextColumn(name, false, field)
}

// nameColumn is a column of texts of which few differ.
func nameColumn[T any, S ~string](name string, field func(*T) *S) tableColumn[T] {
	return anyTextColumn(name, true, field)
}

func anyTextColumn[T any, S ~string](name string, few bool, field func(*T) *S) tableColumn[T] {
	return tableColumn[T]{name: name, kind: parquet.ByteArray, few: few, set: func(rows []T, page *columnReader) {
		for i := range rows {
			*field(&rows[i]) = S(page.textAt(page.at + i))
		}
	}}
}

// chooseColumns returns the columns of some names, with those that are read with them, all
// without names. It panics for a name that no column has.
func chooseColumns[T any](all []tableColumn[T], names []string) []tableColumn[T] {
	if len(names) == 0 {
		return all
	}
	chosen := make([]tableColumn[T], 0, len(names))
	for _, name := range names {
		at := slices.IndexFunc(all, func(c tableColumn[T]) bool { return c.name == name })
		switch {
		case at < 0:
			panic(fmt.Sprintf("runs: the rows of %T have no column %q", *new(T), name))
		case all[at].with == "":
			chosen = append(chosen, all[at])
		case !slices.ContainsFunc(chosen, func(c tableColumn[T]) bool { return c.name == name }):
			first := min(at, slices.IndexFunc(all, func(c tableColumn[T]) bool { return c.name == all[at].with }))
			chosen = append(chosen, all[first], all[first+1]) // the number's before the text's
		}
	}
	return chosen
}
