package runs

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/parquet-go/parquet-go"

	"sagalab/pkg/internal/osfile"
)

// maxExpansion is how many times the size of its file a column of texts may have in
// memory. A file that was written here stays below: its pages are compressed by
// Snappy alone, at most 21 to 1.
const maxExpansion = 32

var errTooManyRows = errors.New("it has more rows than its size allows")

// readTable reads a table into rows that share the memory of their texts, where they
// are equal and few. A column that the file lacks is left zero. A damaged file is an
// error, and costs memory in proportion to its size.
func readTable[T any](path string, columns []tableColumn[T]) (rows []T, err error) {
	t, err := openTable(path, columns)
	if err != nil {
		return nil, err
	}
	defer t.close()
	return t.readAll()
}

// tableReader reads chosen columns of a table from one row to the next.
type tableReader[T any] struct {
	file    *os.File // nil when it belongs to the caller
	table   *parquet.File
	columns []tableColumn[T]
	texts   textLimit
	block   []T

	group   int             // the row group
	row     int64           // the next row of the group
	readers []*columnReader // of the group; nil for columns that the table lacks
}

// openTable opens the table in a file; close it.
func openTable[T any](path string, columns []tableColumn[T]) (*tableReader[T], error) {
	file, err := osfile.OpenRegular(path, false)
	if err != nil {
		return nil, err
	}
	stat, err := file.Stat()
	if err != nil {
		file.Close()
		return nil, err
	}
	t, err := newTableReader(file, stat.Size(), columns)
	if err != nil {
		file.Close()
		return nil, err
	}
	t.file = file
	return t, nil
}

// newTableReader returns the reader of a table whose row counts are plausible.
func newTableReader[T any](r io.ReaderAt, size int64, columns []tableColumn[T]) (t *tableReader[T], err error) {
	defer catchDecoding(&err)
	f, err := parquet.OpenFile(r, size, parquet.SkipBloomFilters(true))
	if err != nil {
		return nil, err
	}
	if err := checkRowCounts(f); err != nil {
		return nil, err
	}
	return &tableReader[T]{table: f, columns: columns, texts: textLimit{words: map[string]string{}, most: maxExpansion * f.Size()}}, nil
}

// catchDecoding makes an error of a panic of the parquet library, which damaged files
// can cause.
func catchDecoding(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("it cannot be decoded: %v", p)
	}
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

// readAll returns all rows, nil for a table without any. It reads one column after the
// other, each with a buffer for a page.
func (t *tableReader[T]) readAll() (rows []T, err error) {
	defer catchDecoding(&err)
	if t.table.NumRows() == 0 {
		return nil, nil
	}
	rows = make([]T, t.table.NumRows())
	rest := rows
	for _, g := range t.table.RowGroups() {
		n := g.NumRows()
		for i := range t.columns {
			if err := t.readColumn(rest[:n], g, &t.columns[i]); err != nil {
				return nil, err
			}
		}
		rest = rest[n:]
	}
	return rows, nil
}

// readColumn sets a column of all rows of a row group.
func (t *tableReader[T]) readColumn(rows []T, g parquet.RowGroup, c *tableColumn[T]) error {
	r, err := t.openColumn(g, c)
	if r == nil || err != nil {
		return err
	}
	defer r.close()
	if err := fill(rows, c, r); err != nil {
		return err
	}
	return r.checkEnd()
}

// openColumn opens a column of a row group; nil when the table lacks it.
func (t *tableReader[T]) openColumn(g parquet.RowGroup, c *tableColumn[T]) (*columnReader, error) {
	if _, known := t.table.Schema().Lookup(c.name); !known {
		return nil, nil
	}
	pages, err := openPages(t.table.Schema(), g, c.name, c.kind)
	if err != nil {
		return nil, err
	}
	return &columnReader{name: c.name, kind: c.kind, few: c.few, texts: &t.texts, pages: pages}, nil
}

// blockRows is how many rows next returns at most: few enough for a processor's cache.
const blockRows = 1024

// next returns the next rows, which are valid until the next call, and the row group and
// the place in it of the first one; no rows at the end. They are of one row group.
func (t *tableReader[T]) next() (rows []T, group int, first int64, err error) {
	defer catchDecoding(&err)
	left, err := t.openGroup()
	if left == 0 || err != nil {
		return nil, 0, 0, err
	}
	if t.block == nil {
		t.block = make([]T, blockRows)
	}
	rows, group, first = t.block[:min(left, blockRows)], t.group, t.row
	return rows, group, first, t.fill(rows)
}

// openGroup opens the row group of the next row, and returns how many rows it has from
// there on; 0 at the end of the table.
func (t *tableReader[T]) openGroup() (left int, err error) {
	groups := t.table.RowGroups()
	for t.group < len(groups) && t.row == groups[t.group].NumRows() {
		for _, r := range t.readers {
			if r == nil {
				continue
			}
			if err := r.checkEnd(); err != nil {
				return 0, err
			}
		}
		t.closeGroup()
		t.group, t.row = t.group+1, 0
	}
	if t.group == len(groups) {
		return 0, nil
	}
	g := groups[t.group]
	if t.readers == nil {
		t.readers = make([]*columnReader, len(t.columns))
		for i := range t.columns {
			if t.readers[i], err = t.openColumn(g, &t.columns[i]); err != nil {
				return 0, err
			}
		}
	}
	return int(g.NumRows() - t.row), nil
}

// fill sets the columns of rows, which the row group must have.
func (t *tableReader[T]) fill(rows []T) error {
	for i, r := range t.readers {
		if r == nil {
			continue
		}
		if err := fill(rows, &t.columns[i], r); err != nil {
			return err
		}
	}
	t.row += int64(len(rows))
	return nil
}

func (t *tableReader[T]) closeGroup() {
	for _, r := range t.readers {
		if r != nil {
			r.close()
		}
	}
	t.readers = nil
}

func (t *tableReader[T]) close() {
	t.closeGroup()
	if t.file != nil {
		t.file.Close()
	}
}

// hasColumns returns an error when the table lacks one of the chosen columns.
func (t *tableReader[T]) hasColumns() error {
	for _, c := range t.columns {
		if _, known := t.table.Schema().Lookup(c.name); !known && !c.later {
			return fmt.Errorf("it has no column %s", c.name)
		}
	}
	return nil
}

// textAt returns one text of a column.
func (t *tableReader[T]) textAt(column string, at place) (text string, err error) {
	defer catchDecoding(&err)
	return readTextAt(t.table.Schema(), t.table.RowGroups()[at.group], column, at.row)
}

// checkTypes returns an error for a column that the table has in another type.
func (t *tableReader[T]) checkTypes() error {
	for _, c := range t.columns {
		if err := checkType(t.table.Schema(), c.name, c.kind); err != nil {
			return err
		}
	}
	return nil
}
