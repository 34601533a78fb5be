package runs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// readTable reads a table column by column into rows that share the memory of
// their texts: what a stage has few of is kept once, the others are cut from one
// text for each column of a group. parquet.ReadFile takes five times the memory
// while it reads. A column that the file lacks is left zero.
func readTable[T any](path string) ([]T, error) {
	var rows []T
	err := openTable(path, func(f *parquet.File) error {
		rows = make([]T, f.NumRows())
		rest, words, text := reflect.ValueOf(rows), map[string]string{}, new(texts)
		for _, g := range f.RowGroups() {
			if err := fill(rest, f.Schema(), g, words, text); err != nil {
				return err
			}
			rest = rest.Slice(int(g.NumRows()), rest.Len())
		}
		return nil
	})
	if len(rows) == 0 || err != nil {
		return nil, err
	}
	return rows, nil
}

func openTable(path string, use func(*parquet.File) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return err
	}
	f, err := parquet.OpenFile(file, stat.Size())
	if err != nil {
		return err
	}
	return use(f)
}

// fill sets the fields of the first rows from a group, by the names in their tags.
func fill(rows reflect.Value, schema *parquet.Schema, g parquet.RowGroup, words map[string]string, text *texts) error {
	row := rows.Type().Elem()
	for n := range row.NumField() {
		name, options, _ := strings.Cut(row.Field(n).Tag.Get("parquet"), ",")
		if _, known := schema.Lookup(name); !known {
			continue
		}
		i := 0
		err := values(schema, g, name, func(v parquet.Value) {
			f := rows.Index(i).Field(n)
			i++
			switch f.Kind() {
			case reflect.Int64:
				f.SetInt(v.Int64())
			case reflect.Float64:
				f.SetFloat(v.Double())
			case reflect.Bool:
				f.SetBool(v.Boolean())
			case reflect.String:
				if options == "dict" {
					f.SetString(once(words, v.ByteArray()))
				} else {
					text.add(v.ByteArray())
				}
			default:
				*f.Addr().Interface().(*time.Time) = time.Unix(0, v.Int64()).UTC()
			}
		})
		if err != nil {
			return err
		}
		text.cut(func(i int, s string) { rows.Index(i).Field(n).SetString(s) })
	}
	return nil
}

// texts collects texts, to cut them from one piece of memory.
type texts struct {
	all  []byte
	ends []int
}

func (t *texts) add(b []byte) {
	t.all = append(t.all, b...)
	t.ends = append(t.ends, len(t.all))
}

// cut hands on what was collected and is empty again.
func (t *texts) cut(see func(i int, s string)) {
	all, from := string(t.all), 0
	for i, end := range t.ends {
		see(i, all[from:end])
		from = end
	}
	t.all, t.ends = t.all[:0], t.ends[:0]
}

// mostWords bounds the memory of words that are not few after all.
const mostWords = 1 << 12

// once is b as a text, the same memory for the same text.
func once(words map[string]string, b []byte) string {
	if w, known := words[string(b)]; known {
		return w
	}
	w := string(b)
	if len(words) < mostWords {
		words[w] = w
	}
	return w
}

// values reads a column of a group.
func values(schema *parquet.Schema, g parquet.RowGroup, name string, see func(parquet.Value)) error {
	pages, err := pagesOf(schema, g, name)
	if err != nil {
		return err
	}
	defer pages.Close()
	for seen := int64(0); seen < g.NumRows(); {
		page, err := pages.ReadPage()
		if err != nil {
			return fmt.Errorf("column %s ends after row %d of %d: %w", name, seen, g.NumRows(), err)
		}
		if seen += page.NumValues(); seen > g.NumRows() {
			err = errors.New("it has more values than the table has rows")
		} else {
			err = pageValues(page, see)
		}
		parquet.Release(page)
		if err != nil {
			return fmt.Errorf("column %s: %w", name, err)
		}
	}
	return nil
}

func pagesOf(schema *parquet.Schema, g parquet.RowGroup, name string) (parquet.Pages, error) {
	leaf, known := schema.Lookup(name)
	if !known {
		return nil, fmt.Errorf("it has no column %s", name)
	}
	return g.ColumnChunks()[leaf.ColumnIndex].Pages(), nil
}

func pageValues(page parquet.Page, see func(parquet.Value)) error {
	var buffer [512]parquet.Value
	for from := page.Values(); ; {
		n, err := from.ReadValues(buffer[:])
		for _, v := range buffer[:n] {
			see(v)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// textAt reads one value of a column of a group.
func textAt(schema *parquet.Schema, g parquet.RowGroup, name string, row int64) (string, error) {
	pages, err := pagesOf(schema, g, name)
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
