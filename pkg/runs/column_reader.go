package runs

import (
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// columnReader reads a column of a row group, page by page. Its values are those of
// the page, in the field of the column's type, until the next page is read.
type columnReader struct {
	name  string
	kind  parquet.Kind
	few   bool
	texts *textLimit
	pages parquet.Pages
	page  parquet.Page

	at, left int // the next value of the page, and how many there are from there on
	ints     []int64
	floats   []float64
	bits     []byte
	// texts of a page are words at indexes or, without a dictionary, pieces of text
	dictionary parquet.Dictionary
	words      []string
	indexes    []int32
	text       string
	ends       []uint32 // one more than there are texts

	copied int64 // bytes of the texts that share no memory
}

// textLimit is what the readers of a table's columns share.
type textLimit struct {
	words map[string]string // for intern
	most  int64             // the most bytes that the texts of a column of a row group may have
}

// openPages opens a column, which must have a type and one value for each row.
func openPages(schema *parquet.Schema, g parquet.RowGroup, name string, kind parquet.Kind) (parquet.Pages, error) {
	leaf, known := schema.Lookup(name)
	if !known {
		return nil, fmt.Errorf("it has no column %s", name)
	}
	if err := checkType(schema, name, kind); err != nil {
		return nil, err
	}
	return g.ColumnChunks()[leaf.ColumnIndex].Pages(), nil
}

// checkType returns an error for a column of another type, or of one that has not one value
// for each row; a column that is not there has none.
func checkType(schema *parquet.Schema, name string, kind parquet.Kind) error {
	leaf, known := schema.Lookup(name)
	switch {
	case !known:
		return nil
	case leaf.Node.Type().Kind() != kind:
		return fmt.Errorf("column %s has type %s, want %s", name, leaf.Node.Type().Kind(), kind)
	case leaf.MaxDefinitionLevel > 0 || leaf.MaxRepetitionLevel > 0:
		return fmt.Errorf("column %s is optional or repeated, want one value for each row", name)
	}
	return nil
}

// checkEnd returns an error when the column has more values.
func (c *columnReader) checkEnd() error {
	for c.left == 0 {
		if err := c.nextPage(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("column %s: %w", c.name, err)
		}
	}
	return fmt.Errorf("column %s: it has more values than the table has rows", c.name)
}

func (c *columnReader) close() {
	if c.page != nil {
		parquet.Release(c.page)
	}
	c.pages.Close()
}

// fill sets the column's field of rows to the next values.
func fill[T any](rows []T, column *tableColumn[T], from *columnReader) error {
	for len(rows) > 0 {
		for from.left == 0 {
			if err := from.nextPage(); err != nil {
				return fmt.Errorf("column %s: %w", from.name, err)
			}
		}
		n := min(len(rows), from.left)
		column.set(rows[:n], from)
		from.at, from.left, rows = from.at+n, from.left-n, rows[n:]
	}
	return nil
}

// nextPage reads the next page; a column that ends is an error.
func (c *columnReader) nextPage() (err error) {
	if c.page != nil {
		parquet.Release(c.page)
	}
	if c.page, err = c.pages.ReadPage(); err != nil {
		c.page = nil
		if errors.Is(err, io.EOF) {
			err = fmt.Errorf("it ends too soon: %w", err)
		}
		return err
	}
	data := c.page.Data()
	c.at = 0
	switch c.kind {
	case parquet.Int64:
		c.ints = data.Int64()
		c.left = len(c.ints)
	case parquet.Double:
		c.floats = data.Double()
		c.left = len(c.floats)
	case parquet.Boolean:
		c.bits, c.left = data.Boolean(), int(c.page.NumValues())
	default:
		return c.readTexts()
	}
	return nil
}

// readTexts reads the texts of the page.
func (c *columnReader) readTexts() error {
	data := c.page.Data()
	if dictionary := c.page.Dictionary(); dictionary != nil {
		c.indexes = data.Int32()
		c.left = len(c.indexes)
		return c.readDictionary(dictionary)
	}
	c.indexes = nil
	bytes, ends := data.ByteArray()
	c.left = max(0, len(ends)-1)
	if !c.few {
		c.text, c.ends = string(bytes), ends
		return c.count(len(bytes))
	}
	c.words = c.words[:0]
	c.dictionary = nil
	for i := range c.left {
		if err := c.addWord(bytes[ends[i]:ends[i+1]]); err != nil {
			return err
		}
		c.indexes = append(c.indexes, int32(i))
	}
	return nil
}

// readDictionary reads the different texts of the row group, unless it has them.
func (c *columnReader) readDictionary(dictionary parquet.Dictionary) error {
	if dictionary == c.dictionary {
		return nil
	}
	c.dictionary, c.words = dictionary, c.words[:0]
	for i := range dictionary.Len() {
		if err := c.addWord(dictionary.Index(int32(i)).ByteArray()); err != nil {
			return err
		}
	}
	return nil
}

func (c *columnReader) addWord(b []byte) error {
	if !c.few {
		c.words = append(c.words, string(b))
		return c.count(len(b))
	}
	full := len(c.texts.words) >= maxWords
	c.words = append(c.words, intern(c.texts.words, b))
	if full {
		return c.count(len(b))
	}
	return nil
}

// count counts bytes of memory that a text takes for itself.
func (c *columnReader) count(n int) error {
	if c.copied += int64(n); c.copied > c.texts.most {
		return errors.New("its texts are longer than the file's size allows")
	}
	return nil
}

// textAt returns a text of the page.
func (c *columnReader) textAt(i int) string {
	if c.indexes != nil {
		return c.words[c.indexes[i]]
	}
	return c.text[c.ends[i]:c.ends[i+1]]
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
