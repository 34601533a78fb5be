package buyers

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// feed reads a feed, which is right.
func feed(t *testing.T, content string) *Feed {
	t.Helper()
	f, err := ReadFeed(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFeed(t *testing.T) {
	const content = "\ufeffproduct_id, user_id ,idempotency_key,quantity,payment_method_id\r\n5,7,k1,2,9\r\n6, 8 ,\"a,b\",3,9\r\n6,8,,3,9\r\n\r\n\r\n"
	path := filepath.Join(t.TempDir(), "buyers.csv")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f := FeedFile(path)
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	row := func(user, product, quantity int64, key string) purchase.Request {
		return purchase.Request{UserID: purchase.ID(user), ProductID: purchase.ID(product), Quantity: quantity, PaymentMethodID: 9, IdempotencyKey: key}
	}
	rows := []purchase.Request{row(7, 5, 2, "k1"), row(8, 6, 3, "a,b"), row(8, 6, 3, "")}
	for i := range 7 {
		if got := f.Buy(uint64(i), i); got != (purchase.Buy{Request: rows[i%3]}) {
			t.Errorf("purchase %d is %+v, want %+v", i, got, rows[i%3])
		}
		if got := f.Each(2).Buy(0, i).Request; got != rows[i/2%3] {
			t.Errorf("purchase %d of two a row is %+v, want %+v", i, got, rows[i/2%3])
		}
	}
	hash := sha256.Sum256([]byte(content))
	if want := "feed=sha256:" + hex.EncodeToString(hash[:]) + " rows=3"; f.String() != want || f.Each(2).String() != want+" each=2" || f.Name() != path || f.Rows() != 3 || !f.HasKeys() {
		t.Errorf("the feed is %s of %s, want %s", f, f.Name(), want)
	}
}

func TestFeedOfTwoColumns(t *testing.T) {
	f := feed(t, "user_id,product_id\n7,5\n")
	if got, want := f.Buy(0, 0).Request, (purchase.Request{UserID: 7, ProductID: 5, Quantity: 1, PaymentMethodID: 7}); got != want || f.HasKeys() {
		t.Errorf("the row is %+v, want %+v", got, want)
	}
}

func TestFeedsThatAreRefused(t *testing.T) {
	for content, want := range map[string]string{
		"":                                               "it is empty, want a header",
		"\n\n":                                           "it is empty, want a header",
		"user_id,product_id\n":                           "no rows",
		"user_id,product_id\n\n\n":                       "no rows",
		"\nuser_id,product_id\n1,1\n":                    "line 1 is empty",
		"user_id\n1\n":                                   "line 1: the column product_id is missing",
		"user_id,product_id,user_id\n":                   "line 1: the column user_id is there twice",
		"user_id,product_id,price\n":                     `line 1: the column "price" is unknown`,
		"user_id;product_id\n1;1\n":                      "is unknown, want user_id, product_id",
		"User_ID,product_id\n":                           `the column "User_ID" is unknown`,
		"user_id,product_id\n1,1\n\n2,2\n":               "line 3 is empty",
		"user_id,product_id\r\n\r\n2,2\r\n":              "line 2 is empty",
		"user_id,product_id\n1,1\n  \n2,2\n":             "line 3 has 1 fields, want 2",
		"user_id,product_id\n1,1\n,\n":                   "line 3: user_id is empty, want an id",
		"user_id,product_id\n1\n":                        "line 2 has 1 fields, want 2",
		"user_id,product_id\n1,2,3\n":                    "line 2 has 3 fields, want 2",
		"user_id,product_id\n1,0\n":                      `line 2: product_id is "0", want an integer of at least 1`,
		"user_id,product_id\n1.5,1\n":                    `line 2: user_id is "1.5"`,
		"user_id,product_id\n1,9223372036854775808\n":    `product_id is "9223372036854775808"`,
		"user_id,product_id\n1,1\n1,\"2\n":               "line 3, column",
		"user_id,product_id\n1,a\"b\n":                   "line 2, column",
		"user_id,product_id\n1,\"2\n\"\n3,4\n":           "line 2: field 2 has a line break",
		"user_id,product_id,idempotency_key\n1,1,\x01\n": "line 2: idempotency_key is",
		"user_id,product_id,idempotency_key\n1,1,\xff\n": "line 2: idempotency_key is",
		"user_id,product_id,idempotency_key\n1,1," + strings.Repeat("k", 256) + "\n": "line 2: idempotency_key has 256 characters, want at most 255",
	} {
		if _, err := ReadFeed(strings.NewReader(content)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", content, err, want)
		}
	}
	if err := FeedFile(t.TempDir()).Validate(); err == nil || !strings.Contains(err.Error(), "it is no regular file") {
		t.Errorf("a directory as a feed: %v", err)
	}
	if err := feed(t, "user_id,product_id\n1,1\n").Each(0).Validate(); err == nil {
		t.Error("a feed whose rows no purchase takes is valid")
	}
}

// FuzzReadFeed: what is read has only requests that are valid, as many as it says, and the
// same content is the same feed.
func FuzzReadFeed(f *testing.F) {
	f.Add([]byte("user_id,product_id,quantity,payment_method_id,idempotency_key\n1,2,3,4,k\n5,6,7,8,\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		one, err := ReadFeed(bytes.NewReader(content))
		if err != nil {
			return
		}
		if err := one.Validate(); err != nil || one.Rows() < 1 || one.Rows() > bytes.Count(content, []byte("\n")) {
			t.Fatalf("the feed of %q has %d rows, %v", content, one.Rows(), err)
		}
		for i := range one.Rows() {
			if err := one.Buy(0, i).Request.Validate(); err != nil {
				t.Fatalf("row %d of %q: %v", i, content, err)
			}
		}
		if b, err := Parse(one.String(), one); err != nil || b.String() != one.String() {
			t.Fatalf("%s is read as %v, %v", one, b, err)
		}
	})
}

// TestMemoryOfAMillionRows: at most 150 MB more of the heap, at any time, with all columns of
// numbers and keys, or with a million users that are texts.
func TestMemoryOfAMillionRows(t *testing.T) {
	for name, row := range map[string]func(int) string{
		"numbers": func(i int) string {
			return fmt.Sprintf("%d,%d,1,%d,0198c0de-0000-7000-8000-%012d", i+1, i%20+1, i+1, i)
		},
		"texts": func(i int) string {
			return fmt.Sprintf("user_%d,sku_%d,1,user_%d,", i+1, i%20+1, i+1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			grown := heapOfAMillionRows(t, row)
			if t.Logf("the heap grew by %d MB", grown); grown > 150 {
				t.Error("want at most 150 MB")
			}
		})
	}
}

// heapOfAMillionRows returns by how many MB the heap grows while a feed of such rows is read.
func heapOfAMillionRows(t *testing.T, row func(int) string) uint64 {
	t.Helper()
	const rows = 1_000_000
	path := filepath.Join(t.TempDir(), "million.csv")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(file)
	fmt.Fprintln(w, "user_id,product_id,quantity,payment_method_id,idempotency_key")
	for i := range rows {
		fmt.Fprintln(w, row(i))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f := FeedFile(path)
	runtime.ReadMemStats(&after)
	if err := f.Validate(); err != nil || f.Rows() != rows || !strings.HasPrefix(row(rows-1), f.Buy(0, rows-1).Request.UserID.String()+",") {
		t.Fatalf("%d rows, %v", f.Rows(), err)
	}
	runtime.KeepAlive(f)
	return (after.HeapSys - before.HeapInuse) >> 20 // what was free before is used first
}
