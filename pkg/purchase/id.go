package purchase

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode"
	"unicode/utf8"
)

// MaxIDLength is the longest id that is a text, in characters.
const MaxIDLength = 255

// ID is the id of a user, a product or a payment method: a number of at least 1 or another
// text, such as "user_1" or a UUID. A number is itself, so that a constant is an ID; for a
// text use TextID or ParseID. The zero value is no id, and so is a negative constant. IDs
// are equal when their texts are, and can be compared by == and be the keys of maps, but
// their order is that of Compare, not that of <. They are safe for concurrent use.
//
// Each different text is kept in a table of the process, which never shrinks: about 150
// bytes for a short one. What an ID of a text is inside differs from process to process.
type ID int64

// lastText is the highest number that stands for a text inside; they begin at math.MinInt64.
const lastText ID = -(1 << 62)

// ParseID reads an id: "12" is the number 12; what is no integer from 1 to 2⁶³ − 1 in its
// shortest form, such as "user_1", "007" or "0", is a text. The error says what is wrong
// with a text that is empty, longer than MaxIDLength, no UTF-8 or has control characters.
func ParseID(text string) (ID, error) {
	if n := shortNumber(text); n > 0 {
		return n, nil
	}
	if id, known := texts.find(text); known {
		return id, nil
	}
	switch n := utf8.RuneCountInString(text); {
	case text == "":
		return 0, errors.New("an id is empty, want a number of at least 1 or a text")
	case n > MaxIDLength:
		return 0, fmt.Errorf("the id %.40q… has %d characters, want at most %d", text, n, MaxIDLength)
	case !utf8.ValidString(text):
		return 0, fmt.Errorf("the id %.40q is no UTF-8", text)
	}
	for _, c := range text {
		if unicode.IsControl(c) {
			return 0, fmt.Errorf("the id %.40q has the control character %U", text, c)
		}
	}
	return texts.add(text), nil
}

// shortNumber returns the number of at least 1 that a text is in its shortest form, else 0.
func shortNumber(text string) ID {
	if text == "" || len(text) > 19 || text[0] < '1' || text[0] > '9' {
		return 0
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return ID(n)
}

// TextID returns the id of a text, as ParseID does, and panics on what that refuses.
func TextID(text string) ID {
	id, err := ParseID(text)
	if err != nil {
		panic("purchase: " + err.Error())
	}
	return id
}

// NumberID returns the id of a number as a record or an answer has it: 0 and less are no
// valid id, and keep their value. Numbers below −2⁶², which stand for texts inside, become
// a text of their digits.
func NumberID(n int64) ID {
	if ID(n) > lastText {
		return ID(n)
	}
	return TextID(strconv.FormatInt(n, 10))
}

// Valid reports whether id is one: a number of at least 1, or a text.
func (id ID) Valid() bool {
	return id > 0 || id <= lastText && id.isText()
}

// Number returns the number that id is, 0 for no id, and whether it is a number; false for
// a text.
func (id ID) Number() (n int64, is bool) {
	if id <= lastText && id.isText() {
		return 0, false
	}
	return int64(id), true
}

// String returns the text of id, such as "12" or "user_1"; "0" for the zero value.
func (id ID) String() string {
	if text, is := id.text(); is {
		return text
	}
	return strconv.FormatInt(int64(id), 10)
}

// Text returns the text of id as a column of a table has it: that of String, but "" for the
// zero value.
func (id ID) Text() string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// text returns the text that id is, false for a number.
func (id ID) text() (string, bool) {
	if id > lastText {
		return "", false
	}
	return texts.at(int64(id - math.MinInt64))
}

func (id ID) isText() bool {
	_, is := id.text()
	return is
}

// Compare returns -1, 0 or 1 as a comes before b, is b or comes after it: numbers by their
// value, then texts by their bytes.
func Compare(a, b ID) int {
	if a > lastText && b > lastText {
		return cmp.Compare(a, b)
	}
	left, isLeft := a.text()
	right, isRight := b.text()
	switch {
	case isLeft && isRight:
		return cmp.Compare(left, right)
	case isLeft:
		return 1
	case isRight:
		return -1
	}
	return cmp.Compare(a, b)
}

// Format implements fmt.Formatter: %v, %s and %d write the text of id, %q writes it in
// quotes, with widths and flags as for a string, or for an integer when id is a number.
func (id ID) Format(f fmt.State, verb rune) {
	text, isText := id.text()
	switch {
	case isText && verb == 'd':
		fmt.Fprintf(f, fmt.FormatString(f, 's'), text)
	case isText:
		fmt.Fprintf(f, fmt.FormatString(f, verb), text)
	case verb == 's' || verb == 'q':
		fmt.Fprintf(f, fmt.FormatString(f, verb), id.String())
	default:
		fmt.Fprintf(f, fmt.FormatString(f, verb), int64(id))
	}
}
