package purchase

import (
	"fmt"
	"net/url"
	"strings"
	"unicode"
)

// Word returns the text of id as a text of buyers has it, and as ParseWord reads it: what
// has a meaning there is percent-encoded as in a URL, such as "a%20b" for "a b": white space,
// the characters % , : = and " and the dots of "..". So is the first character of the word
// "user", which stands for the payment method of the user, of a text that is an integer, and
// of one that begins with a plus sign.
func (id ID) Word() string {
	e, is := id.text()
	if !is {
		return id.String()
	}
	var b strings.Builder
	first := e.text == "user" || integerLike(e.text)
	for i, c := range e.text {
		if first && i == 0 || strings.ContainsRune(`%,:="`, c) || unicode.IsSpace(c) || c == '.' && strings.Contains(e.text, "..") {
			for _, octet := range []byte(string(c)) {
				fmt.Fprintf(&b, "%%%02X", octet)
			}
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// ParseWord reads an id as Word writes it. The error is that of ParseID, or says that the
// encoding is wrong; and an integer that is not a number of at least 1 in its shortest form,
// such as "0", "-5" or "007", is refused unless its first character is encoded: it is
// probably a mistake.
func ParseWord(word string) (ID, error) {
	id := shortNumber(word)
	switch {
	case id > 0:
		return id, nil
	case integerLike(word):
		return 0, fmt.Errorf("%.30q is no number of at least 1 and without zeros before it; for the text write %%%02X%.30s", word, word[0], word[1:])
	}
	text, err := url.PathUnescape(word)
	if err != nil {
		return 0, fmt.Errorf("the id %.40q: %w", word, err)
	}
	return ParseID(text)
}

// integerLike reports whether a text is an integer with or without a sign.
func integerLike(text string) bool {
	digits := strings.TrimLeft(text, "+-")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}
