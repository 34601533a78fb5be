package buyers

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"sagalab/pkg/purchase"
)

// FeedColumns says which columns a feed has, for --help.
const FeedColumns = "user_id, product_id and, each optional, quantity (else 1), payment_method_id (else that of the user) and idempotency_key (else one of its own); ids may be texts, and user, product and payment_method are names of their columns, too"

// feedColumns are the columns; the first two have to be there. otherNames are other names of
// the same columns, in which 007, 0 and 1.5 are texts; in the first ones 007 is the number 7, and
// the others are refused.
var (
	feedColumns = []string{"user_id", "product_id", "quantity", "payment_method_id", "idempotency_key"}
	otherNames  = []string{userColumn: "user", productColumn: "product", methodColumn: "payment_method"}
)

const (
	userColumn = iota
	productColumn
	quantityColumn
	methodColumn
	keyColumn
	requiredColumns = 2
)

// MaxFeedRows is the most rows of a feed.
const MaxFeedRows = 10_000_000

// ReadFeed reads a table as CSV (RFC 4180), whose first line names the columns in any
// order, see FeedColumns. Quantities are integers of at least 1, ids are as purchase.ParseID
// reads them, and an empty key means one of its own. A column that is missing, unknown or there twice, and a row that is empty
// or malformed, are errors with the number of the line; empty lines at the end are not. It
// reads as a stream, and keeps 4 or 8 bytes for each number and the bytes of the keys.
func ReadFeed(from io.Reader) (*Feed, error) {
	hash := sha256.New()
	content := bufio.NewReader(io.TeeReader(from, hash))
	if mark, _ := content.Peek(3); bytes.Equal(mark, []byte("\ufeff")) { // of UTF-8, which spreadsheets write
		_, _ = content.Discard(3)
	}
	r := &feedReader{csv: csv.NewReader(content), feed: &Feed{}}
	r.csv.ReuseRecord, r.csv.FieldsPerRecord = true, -1
	if err := r.header(); err != nil {
		return nil, err
	}
	for {
		err := r.row()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	if r.feed.rows = r.feed.users.rows; r.feed.rows == 0 {
		return nil, errors.New("it has no rows after the header")
	}
	r.feed.hash = hex.EncodeToString(hash.Sum(nil))
	return r.feed, nil
}

// feedReader reads a feed.
type feedReader struct {
	csv     *csv.Reader
	feed    *Feed
	columns []int // the number in feedColumns of each column
	names   []string
	line    int // of the last record
}

// record reads the next record. A line break in quotes is refused, so that each record is
// one line.
func (r *feedReader) record() ([]string, error) {
	record, err := r.csv.Read()
	var wrong *csv.ParseError
	switch {
	case errors.As(err, &wrong):
		return nil, fmt.Errorf("line %d, column %d: %w", wrong.Line, wrong.Column, wrong.Err)
	case err != nil:
		return nil, err
	}
	r.line++
	if line, _ := r.csv.FieldPos(0); line != r.line { // package csv skips empty lines
		return nil, fmt.Errorf("line %d is empty", r.line)
	}
	for i, field := range record {
		if strings.ContainsAny(field, "\r\n") {
			return nil, fmt.Errorf("line %d: field %d has a line break", r.line, i+1)
		}
	}
	return record, nil
}

func (r *feedReader) header() error {
	record, err := r.record()
	if err == io.EOF {
		return errors.New("it is empty, want a header with the columns " + FeedColumns)
	}
	if err != nil {
		return err
	}
	for _, field := range record {
		name := strings.TrimSpace(field)
		n := max(slices.Index(feedColumns, name), slices.Index(otherNames, name))
		switch {
		case n < 0 || name == "":
			return fmt.Errorf("line 1: the column %.40q is unknown, want %s", name, FeedColumns)
		case slices.Contains(r.columns, n):
			return fmt.Errorf("line 1: the column %s is there twice", feedColumns[n])
		}
		r.columns, r.names = append(r.columns, n), append(r.names, name)
	}
	for n, name := range feedColumns[:requiredColumns] {
		if !slices.Contains(r.columns, n) {
			return fmt.Errorf("line 1: the column %s is missing, want %s", name, FeedColumns)
		}
	}
	if slices.Contains(r.columns, keyColumn) {
		r.feed.keys = &keyTexts{}
	}
	return nil
}

// row reads the next row into the columns.
func (r *feedReader) row() error {
	record, err := r.record()
	if err != nil {
		return err
	}
	switch {
	case len(record) != len(r.columns):
		return fmt.Errorf("line %d has %d fields, want %d as the header has", r.line, len(record), len(r.columns))
	case r.feed.users.rows == MaxFeedRows:
		return fmt.Errorf("line %d: more than %d rows", r.line, MaxFeedRows)
	}
	for i, n := range r.columns {
		if err := r.field(i, n, record[i]); err != nil {
			return fmt.Errorf("line %d: %s %w", r.line, r.names[i], err)
		}
	}
	return nil
}

// field adds a field to column n.
func (r *feedReader) field(i, n int, text string) error {
	text = strings.TrimSpace(text)
	if n == keyColumn {
		return r.key(text)
	}
	v, err := parseField(text, n != quantityColumn, r.names[i] == feedColumns[n])
	if err == nil {
		[...]*column{userColumn: &r.feed.users, productColumn: &r.feed.products, quantityColumn: &r.feed.quantities, methodColumn: &r.feed.methods}[n].add(v)
	}
	return err
}

// parseField reads a number or, for an ID, a text. Where numbers is true, what looks like a
// number is no text.
func parseField(text string, isID, numbers bool) (int64, error) {
	v, err := strconv.ParseInt(text, 10, 64)
	switch {
	case text == "" && isID:
		return 0, errors.New("is empty, want an id")
	case text == "":
		return 0, errors.New("is empty, want an integer of at least 1")
	case (!isID || numbers) && err == nil && v >= 1:
		return v, nil
	case !isID || numbers && strings.Trim(text, "+-.0123456789") == "":
		return 0, fmt.Errorf("is %.40q, want an integer of at least 1", text)
	}
	id, err := purchase.ParseID(text)
	if err != nil {
		return 0, fmt.Errorf("is %.40q: %w", text, err)
	}
	return int64(id), nil
}

func (r *feedReader) key(text string) error {
	switch {
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return fmt.Errorf("is %.40q, want text in UTF-8 without control characters", text)
	case utf8.RuneCountInString(text) > purchase.MaxKeyLength:
		return fmt.Errorf("has %d characters, want at most %d", utf8.RuneCountInString(text), purchase.MaxKeyLength)
	}
	r.feed.keys.add(text)
	return nil
}
