package runs

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/internal/osfile"
)

// maxExpansion is how many times the size of its file a column of texts may have in
// memory. A file that was written here stays below: its pages are compressed by
// Snappy alone, at most 21 to 1.
const maxExpansion = 32

var errTooManyRows = errors.New("it has more rows than its size allows")

// readTable reads a table column by column into rows that share the memory of their
// texts: those of columns with few different ones are kept once, the others are cut
// from one string for each column of a row group. parquet.ReadFile takes five times
// the memory while it reads. A column that the file lacks is left zero. A damaged
// file is an error, and costs memory in proportion to its size.
func readTable[T any](path string) (rows []T, err error) {
	err = openTable(path, func(f *parquet.File) error {
		rows, err = readRows[T](f)
		return err
	})
	return rows, err
}

// readRows returns nil for a table without rows.
func readRows[T any](f *parquet.File) ([]T, error) {
	if f.NumRows() == 0 {
		return nil, nil
	}
	rows := make([]T, f.NumRows())
	to := columnFiller{words: map[string]string{}, maxText: maxExpansion * f.Size()}
	rest := reflect.ValueOf(rows)
	for _, g := range f.RowGroups() {
		n := int(g.NumRows())
		if err := to.fill(rest.Slice(0, n), f.Schema(), g); err != nil {
			return nil, err
		}
		rest = rest.Slice(n, rest.Len())
	}
	return rows, nil
}

// openTable calls use with the table in a file, as useTable does.
func openTable(path string, use func(*parquet.File) error) error {
	file, err := osfile.OpenRegular(path, false)
	if err != nil {
		return err
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	return useTable(file, stat.Size(), use)
}

// useTable calls use with a table whose row counts are plausible. A panic of the
// parquet library, which damaged files can cause, is returned as an error.
func useTable(r io.ReaderAt, size int64, use func(*parquet.File) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("it cannot be decoded: %v", p)
		}
	}()
	f, err := parquet.OpenFile(r, size)
	if err != nil {
		return err
	}
	if err := checkRowCounts(f); err != nil {
		return err
	}
	return use(f)
}

// checkRowCounts bounds the rows, which are allocated before they are read, by the
// size of the file, and finds row groups that do not add up. Each row that was
// written here takes more than 2 bytes.
func checkRowCounts(f *parquet.File) error {
	sum := int64(0)
	for _, g := range f.RowGroups() {
		n := g.NumRows()
		if n < 0 || n > f.Size()-sum {
			return errTooManyRows
		}
		sum += n
	}
	if sum != f.NumRows() {
		return fmt.Errorf("its row groups have %d rows, its footer says %d", sum, f.NumRows())
	}
	return nil
}

// columnFiller sets the fields of rows from the columns of row groups.
type columnFiller struct {
	words   map[string]string // for intern
	text    textBuffer
	copied  int64 // bytes of the column's texts that share no memory
	maxText int64 // the most that copied may be
}

// fill sets the fields of as many rows as the group has, by the names in their tags.
func (c *columnFiller) fill(rows reflect.Value, schema *parquet.Schema, g parquet.RowGroup) error {
	row := rows.Type().Elem()
	for n := range row.NumField() {
		name, options, _ := strings.Cut(row.Field(n).Tag.Get("parquet"), ",")
		if _, known := schema.Lookup(name); !known {
			continue
		}
		i := 0
		c.copied = 0
		err := readColumn(schema, g, name, physicalType(row.Field(n).Type), func(v parquet.Value) error {
			i++
			return c.set(rows.Index(i-1).Field(n), v, options == "dict")
		})
		if err != nil {
			return err
		}
		c.text.cut(func(i int, s string) { rows.Index(i).Field(n).SetString(s) })
	}
	return nil
}

// physicalType is the parquet type that a field's values are stored in.
func physicalType(t reflect.Type) parquet.Kind {
	switch t.Kind() {
	case reflect.Float64:
		return parquet.Double
	case reflect.Bool:
		return parquet.Boolean
	case reflect.String:
		return parquet.ByteArray
	}
	return parquet.Int64 // an integer, or a time as nanoseconds
}

// set sets a field to a value. A text of a column with many different ones is added
// to c.text instead.
func (c *columnFiller) set(f reflect.Value, v parquet.Value, shared bool) error {
	switch f.Kind() {
	case reflect.Int64:
		f.SetInt(v.Int64())
	case reflect.Float64:
		f.SetFloat(v.Double())
	case reflect.Bool:
		f.SetBool(v.Boolean())
	case reflect.String:
		return c.setText(f, v.ByteArray(), shared)
	default:
		*f.Addr().Interface().(*time.Time) = time.Unix(0, v.Int64()).UTC()
	}
	return nil
}

func (c *columnFiller) setText(f reflect.Value, text []byte, shared bool) error {
	if !shared || len(c.words) >= maxWords {
		c.copied += int64(len(text))
	}
	if c.copied > c.maxText {
		return errors.New("its texts are longer than the file's size allows")
	}
	if shared {
		f.SetString(intern(c.words, text))
	} else {
		c.text.add(text)
	}
	return nil
}

// textBuffer collects texts, which are then cut from one piece of memory.
type textBuffer struct {
	all  []byte
	ends []int
}

func (t *textBuffer) add(b []byte) {
	t.all = append(t.all, b...)
	t.ends = append(t.ends, len(t.all))
}

// cut calls see with each text that was added and its place, from 0, and empties
// the buffer.
func (t *textBuffer) cut(see func(i int, s string)) {
	all, from := string(t.all), 0
	for i, end := range t.ends {
		see(i, all[from:end])
		from = end
	}
	t.all, t.ends = t.all[:0], t.ends[:0]
}

// maxWords bounds the map of intern, for a column that has many different texts
// after all.
const maxWords = 1 << 12

// intern returns b as a string that shares its memory with equal ones of before.
func intern(words map[string]string, b []byte) string {
	if w, known := words[string(b)]; known {
		return w
	}
	w := string(b)
	if len(words) < maxWords {
		words[w] = w
	}
	return w
}

// readColumn calls see with each value of a column of a row group, which must be of
// a type and have as many values as the group has rows.
func readColumn(schema *parquet.Schema, g parquet.RowGroup, name string, kind parquet.Kind, see func(parquet.Value) error) error {
	pages, err := openPages(schema, g, name, kind)
	if err != nil {
		return err
	}
	defer pages.Close()
	for left := g.NumRows(); left > 0; {
		page, err := pages.ReadPage()
		if err != nil {
			return fmt.Errorf("column %s ends %d rows too soon: %w", name, left, err)
		}
		n, err := readPage(page, left, see)
		parquet.Release(page)
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
		left -= n
	}
	return nil
}

func openPages(schema *parquet.Schema, g parquet.RowGroup, name string, kind parquet.Kind) (parquet.Pages, error) {
	leaf, known := schema.Lookup(name)
	if !known {
		return nil, fmt.Errorf("it has no column %s", name)
	}
	if got := leaf.Node.Type().Kind(); got != kind {
		return nil, fmt.Errorf("column %s has type %s, want %s", name, got, kind)
	}
	return g.ColumnChunks()[leaf.ColumnIndex].Pages(), nil
}

// readPage calls see with each value of a page and returns how many there were, at
// most limit.
func readPage(page parquet.Page, limit int64, see func(parquet.Value) error) (seen int64, err error) {
	var buffer [512]parquet.Value
	for from := page.Values(); ; {
		n, err := from.ReadValues(buffer[:])
		if seen += int64(n); seen > limit {
			return seen, errors.New("it has more values than the table has rows")
		}
		for _, v := range buffer[:n] {
			if err := see(v); err != nil {
				return seen, err
			}
		}
		if errors.Is(err, io.EOF) {
			return seen, nil
		}
		if err != nil {
			return seen, err
		}
	}
}

// readTextAt reads one value of a column of a row group.
func readTextAt(schema *parquet.Schema, g parquet.RowGroup, name string, row int64) (string, error) {
	pages, err := openPages(schema, g, name, parquet.ByteArray)
	if err != nil {
		return "", err
	}
	defer pages.Close()
	if err := pages.SeekToRow(row); err != nil {
		return "", fmt.Errorf("column %s: %w", name, err)
	}
	page, err := pages.ReadPage()
	if err != nil {
		return "", fmt.Errorf("column %s: %w", name, err)
	}
	defer parquet.Release(page)
	var value [1]parquet.Value
	if n, err := page.Values().ReadValues(value[:]); n == 0 {
		return "", fmt.Errorf("column %s has no row %d: %w", name, row, err)
	}
	return string(value[0].ByteArray()), nil
}
