package frame

import (
	"github.com/go-gota/gota/series"

	"sagalab/pkg/purchase"
)

// column is one column of a table whose rows are of type T.
type column[T any] struct {
	name string
	kind series.Type
	// get puts the row's value into the cell's field that belongs to kind; nil in a column
	// that has the text constant in all rows of the frame.
	get      func(*cell, *T)
	constant string
}

func intColumn[T any](name string, get func(*T) int64) column[T] {
	return column[T]{name: name, kind: series.Int, get: func(c *cell, row *T) { c.i = int(get(row)) }}
}

// idColumn is the column of the numbers of IDs, 0 for a text.
func idColumn[T any](name string, get func(*T) purchase.ID) column[T] {
	return intColumn(name, func(row *T) int64 {
		n, _ := get(row).Number()
		return n
	})
}

func floatColumn[T any](name string, get func(*T) float64) column[T] {
	return column[T]{name: name, kind: series.Float, get: func(c *cell, row *T) { c.f = get(row) }}
}

func boolColumn[T any](name string, get func(*T) bool) column[T] {
	return column[T]{name: name, kind: series.Bool, get: func(c *cell, row *T) { c.b = get(row) }}
}

func textColumn[T any](name string, get func(*T) string) column[T] {
	return column[T]{name: name, kind: series.String, get: func(c *cell, row *T) { c.s = get(row) }}
}

func constantColumn[T any](name, text string) column[T] {
	return column[T]{name: name, kind: series.String, constant: text}
}

// cell passes a value to a series. A series takes a value as any, which costs an
// allocation for each value, or as an Element: one cell that is passed by its address
// every time costs none. A cell also keeps a text "NaN" as it is, which as a string would
// become a missing value.
type cell struct {
	series.Element // never set; gota asks for the four methods below only
	i              int
	f              float64
	b              bool
	s              string
}

func (c *cell) Int() (int, error)   { return c.i, nil }
func (c *cell) Float() float64      { return c.f }
func (c *cell) Bool() (bool, error) { return c.b, nil }
func (c *cell) String() string      { return c.s }
