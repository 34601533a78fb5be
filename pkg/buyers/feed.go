package buyers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"sagalab/pkg/purchase"
)

// Feed takes the purchases of a stage from the rows of a table: purchase number i from row
// i, and after the last row from the first again, under the same key when the rows have
// keys. Make one with FeedFile or ReadFeed. The zero value is not valid. A Feed does not
// change, and is safe for concurrent use.
type Feed struct {
	name string // of its file
	hash string // SHA-256 of the content, in hexadecimal digits
	rows int    // 0: unknown, of an absent one
	each int    // purchases that take the same row, 0 means 1

	users, products     column
	quantities, methods column    // empty when the table has no such column
	keys                *keyTexts // nil when the table has no such column

	absent bool // only its hash is known
	err    error
}

// FeedFile reads a feed from a CSV file as ReadFeed does. What is wrong with it, Validate
// reports.
func FeedFile(path string) *Feed {
	f, err := readFeedFile(path)
	var file *fs.PathError
	if errors.As(err, &file) {
		err = file.Err // the path is in the error already
	}
	if err != nil {
		return &Feed{name: path, err: fmt.Errorf("feed %s: %w", path, err)}
	}
	f.name = path
	return f
}

func readFeedFile(path string) (*Feed, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a named pipe waits until another process writes to it
		return nil, errors.New("it is no regular file")
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ReadFeed(file)
}

// Name returns the path of the feed's file, "" without one.
func (f *Feed) Name() string { return f.name }

// SHA256 returns the hash of the feed's content in hexadecimal digits, "" when it could not
// be read.
func (f *Feed) SHA256() string { return f.hash }

// Rows returns the number of rows, without the header; 0 of a feed that Parse did not find
// and whose text does not say it.
func (f *Feed) Rows() int { return f.rows }

// HasKeys reports whether rows have idempotency keys: a second round through them would
// repeat the purchases of the first.
func (f *Feed) HasKeys() bool { return f.keys != nil }

// Each returns a feed of which n purchases in a row take the same row. In a stage in which
// each user has n operations of its own, that is one row a user. n is at least 1.
func (f *Feed) Each(n int) *Feed {
	g := *f
	if g.each = n; n < 1 && g.err == nil {
		g.err = fmt.Errorf("%d purchases take the same row of the feed, want at least 1", n)
	}
	return &g
}

// Buy implements purchase.Buyers.
func (f *Feed) Buy(_ uint64, i int) purchase.Buy { return purchase.Buy{Request: f.request(i)} }

// request is what purchase number i buys, the zero value when there are no rows.
func (f *Feed) request(i int) purchase.Request {
	if f.users.rows == 0 {
		return purchase.Request{}
	}
	row := i / max(f.each, 1) % f.users.rows
	user := purchase.ID(f.users.at(row))
	r := purchase.Request{UserID: user, ProductID: purchase.ID(f.products.at(row)), Quantity: 1, PaymentMethodID: user}
	if f.quantities.rows > 0 {
		r.Quantity = f.quantities.at(row)
	}
	if f.methods.rows > 0 {
		r.PaymentMethodID = purchase.ID(f.methods.at(row))
	}
	if f.keys != nil {
		r.IdempotencyKey = f.keys.at(row)
	}
	return r
}

// Validate implements purchase.Buyers.
func (f *Feed) Validate() error {
	switch {
	case f == nil:
		return errors.New("the feed is nil; make it with FeedFile or ReadFeed")
	case f.err != nil:
		return f.err
	case f.absent:
		return &NoFeedError{f.Describe()}
	case f.rows == 0:
		return errors.New("the feed has no rows; make it with FeedFile or ReadFeed")
	}
	return nil
}

// String returns f as Parse reads it, such as "feed=sha256:… rows=1000": the content's
// hash, not the file's name. Without " rows=…" where they are not known.
func (f *Feed) String() string {
	if f.hash == "" {
		return feedName + "=?"
	}
	text := feedName + "=" + hashPrefix + f.hash
	if f.rows > 0 {
		text += fmt.Sprintf(" %s=%d", rowsName, f.rows)
	}
	if f.each > 1 {
		text += fmt.Sprintf(" %s=%d", eachName, f.each)
	}
	return text
}

// Describe names the feed for a message, such as "feed buyers.csv (sha256:…, 1000 rows)".
func (f *Feed) Describe() string {
	text := "feed "
	if f.name != "" {
		text += f.name + " "
	}
	if f.rows == 0 {
		return text + fmt.Sprintf("(%s%s)", hashPrefix, f.hash)
	}
	return text + fmt.Sprintf("(%s%s, %d rows)", hashPrefix, f.hash, f.rows)
}
