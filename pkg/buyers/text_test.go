package buyers

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// texts are read, and written the same.
var texts = []string{
	"users=1..1000 products=1..20:zipf(1.1) quantity=1..3 methods=user reuse=1% repeat=2% keyless=1%",
	"users=1,5,9 products=1:3,2:1 quantity=1 methods=4",
	"users=1..1000:in-order products=1 quantity=1 methods=user reuse=7% repeat=0.5% keyless=33.3%",
}

func TestText(t *testing.T) {
	for _, text := range texts {
		b, err := Parse(text)
		if err != nil || b.String() != text {
			t.Errorf("%q is read as %v, %v", text, b, err)
		}
	}
	for short, want := range map[string]string{
		"users=1..2":              "users=1..2 products=1 quantity=1 methods=user",
		"reuse=0.01":              "users=1 products=1 quantity=1 methods=user reuse=1%",
		" keyless=100%\tusers=2 ": "users=2 products=1 quantity=1 methods=user keyless=100%",
		"products=2":              "users=1 products=2 quantity=1 methods=1",
	} {
		if b, err := Parse(short); err != nil || b.String() != want {
			t.Errorf("%q is read as %v, %v; want %s", short, b, err, want)
		}
	}
}

// TestRequestText: what a request writes is read as that request.
func TestRequestText(t *testing.T) {
	r := purchase.Request{UserID: 3, ProductID: 5, Quantity: 7, PaymentMethodID: 9}
	if b, err := Parse(r.String()); err != nil || b != purchase.Buyers(r) {
		t.Errorf("%s is read as %v, %v", r, b, err)
	}
}

func TestTextsThatAreRefused(t *testing.T) {
	hash := "feed=sha256:" + strings.Repeat("0", 64)
	for text, want := range map[string]string{
		"":                             "the text is empty",
		"a Go function":                `"a" has no value`,
		"user=1":                       `"user" is unknown`,
		"users=1 users=2":              "users is there twice",
		"users=0":                      "users: \"0\": 0 is below 1",
		"users=":                       "is no number",
		"reuse=101%":                   "is no part",
		"reuse=1e1%":                   "is no part",
		"reuse=1e-1%":                  "is no part",
		"reuse=1E0%":                   "is no part",
		"reuse=0x1p-1%":                "is no part",
		"reuse=0_1%":                   "is no part",
		"reuse=Inf%":                   "is no part",
		"reuse=-1%":                    "is no part",
		"reuse=NaN":                    "is no part",
		"reuse=60% repeat=60%":         "add up to 120%",
		"feed=buyers.csv":              "is no hash",
		"feed=sha256:00":               "is no hash",
		"rows=3":                       "rows and each go with feed",
		hash + " rows=0":               "is no number from 1",
		hash + " users=1":              "users: the feed has them",
		strings.Repeat("x", maxText+1): "want at most",
	} {
		if b, err := Parse(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.50q is read as %v, %v; want %q", text, b, err, want)
		}
	}
	f := feed(t, "user_id,product_id\n1,1\n")
	if _, err := Parse(strings.Replace(f.String(), "rows=1", "rows=2", 1), f); err == nil || !strings.Contains(err.Error(), "the feed has 1 rows, not 2") {
		t.Errorf("a feed with another number of rows: %v", err)
	}
}

// TestTextOfAFeedThatIsNotHere: without its number of rows it is written without, and read
// where the feed is.
func TestTextOfAFeedThatIsNotHere(t *testing.T) {
	f := feed(t, "user_id,product_id\n1,1\n2,2\n")
	hash := "sha256:" + f.SHA256()
	for text, says := range map[string]string{
		"feed=" + hash:                    "the feed (" + hash + ") is not here",
		"feed=" + hash + " each=3":        "the feed (" + hash + ") is not here",
		"feed=" + hash + " keyless=1%":    "the feed (" + hash + ") is not here",
		"feed=" + hash + " rows=2":        "the feed (" + hash + ", 2 rows) is not here",
		"feed=" + hash + " rows=2 each=3": "the feed (" + hash + ", 2 rows) is not here",
	} {
		b, err := Parse(text)
		if err != nil || b.String() != text {
			t.Errorf("%s is read as %v, %v", text, b, err)
			continue
		}
		var missing *NoFeedError
		if err := b.Validate(); !errors.As(err, &missing) || missing.Error() != says {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
		if here, err := Parse(b.String(), f); err != nil || here.Validate() != nil {
			t.Errorf("%s where the feed is: %v", text, err)
		}
	}
}

// TestSet reads each choice and part by its name, as a text does; what is refused changes
// nothing.
func TestSet(t *testing.T) {
	var m Mix
	for _, field := range strings.Fields(texts[0]) {
		name, value, _ := strings.Cut(field, "=")
		if known, err := m.Set(name, value); !known || err != nil {
			t.Errorf("%s: %v, %v", field, known, err)
		}
		if known, err := m.Set(name, "x,"); !known || err == nil {
			t.Errorf("%s=x: %v, %v; want an error", name, known, err)
		}
	}
	if known, err := m.Set(quantityName, "alice"); !known || err == nil {
		t.Errorf("a quantity that is a text: %v, %v; want an error", known, err)
	}
	if m.String() != texts[0] {
		t.Errorf("%s, want %s", m, texts[0])
	}
	if known, err := m.Set(feedName, "x"); known || err != nil {
		t.Errorf("a feed: %v, %v; want it unknown", known, err)
	}
}

// TestSimplest of a mix is of the kind that its text is read as.
func TestSimplest(t *testing.T) {
	f := feed(t, "user_id,product_id\n1,1\n")
	for _, m := range []Mix{{}, {Users: One(3), Methods: One(4)}, {Users: Range(1, 2)}, {Reuse: .1}, {Feed: f}, {Feed: f.Each(2), Keyless: .1}} {
		read, err := Parse(m.String(), f)
		if got := m.Simplest(); err != nil || reflect.TypeOf(got) != reflect.TypeOf(read) || got.String() != read.String() {
			t.Errorf("%s: %T %s, and its text is read as %T %v, %v", m, got, got, read, read, err)
		}
	}
}

// FuzzParse: what is read is valid but for its feed, and what it writes is read as buyers that draw the same.
func FuzzParse(f *testing.F) {
	for _, text := range texts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		b, err := Parse(text)
		if err != nil {
			return
		}
		if m, is := b.(Mix); is && m.Feed == nil || reflect.TypeOf(b) == reflect.TypeFor[purchase.Request]() {
			if err := b.Validate(); err != nil {
				t.Fatalf("%q is read as %s, which is not valid: %v", text, b, err)
			}
		}
		again, err := Parse(b.String())
		if err != nil || again.String() != b.String() {
			t.Fatalf("%q is read as %s, which is read as %v, %v", text, b, again, err)
		}
		for i := range 40 {
			if x, y := b.Buy(5, i*7), again.Buy(5, i*7); x != y {
				t.Fatalf("%q: purchase %d is %+v, and %+v when it was written and read", text, i*7, x, y)
			}
		}
	})
}
