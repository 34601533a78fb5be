package purchase

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Word returns the text of id as a text of buyers has it, and as ParseWord reads it: what
// has a meaning there is percent-encoded as in a URL, such as "a%20b" for "a b": white space,
// the characters % , : = and " and the dots of "..". So is the first character of the word
// "user", which stands for the payment method of the user, and of a text that looks like
// a number.
func (id ID) Word() string {
	text, is := id.text()
	if !is {
		return id.String()
	}
	var b strings.Builder
	first := text == "user" || numberLike(text)
	for i, c := range text {
		if first && i == 0 || c == '%' || separates(c) || c == '.' && strings.Contains(text, "..") {
			b.WriteString(percentEncoded(c))
			continue
		}
		b.WriteRune(c)
	}
	return b.String()
}

// ParseWord reads an id as Word writes it. The error is that of ParseID, or says that the
// encoding is wrong; and what looks like a number and is none of at least 1 in its shortest form,
// such as "0", "-5", "1.5" or "007", is refused unless its first character is encoded: it is
// probably a mistake.
func ParseWord(word string) (ID, error) {
	id := shortNumber(word)
	switch {
	case id > 0:
		return id, nil
	case numberLike(word):
		return 0, fmt.Errorf("%.30q is no number of at least 1 and without zeros before it; for the text write %%%02X%.30s", word, word[0], word[1:])
	}
	if at := strings.IndexFunc(word, separates); at >= 0 {
		c, _ := utf8.DecodeRuneInString(word[at:])
		return 0, fmt.Errorf("the id %.40q has %q, which is written %s", word, c, percentEncoded(c))
	}
	text, err := url.PathUnescape(word)
	if err != nil {
		return 0, fmt.Errorf("the id %.40q: %w", word, err)
	}
	return ParseID(text)
}

// percentEncoded returns the octets of a character as a URL has them, such as %20.
func percentEncoded(c rune) (text string) {
	for _, octet := range []byte(string(c)) {
		text += fmt.Sprintf("%%%02X", octet)
	}
	return text
}

// separates reports whether a character has a meaning in a text of buyers.
func separates(c rune) bool { return strings.ContainsRune(`,:="`, c) || unicode.IsSpace(c) }

// numberLike reports whether a text is a decimal number, such as 0, -5, 1.5 or 1e3.
func numberLike(text string) bool {
	_, err := strconv.ParseFloat(text, 64)
	return (err == nil || errors.Is(err, strconv.ErrRange)) && strings.Trim(text, "+-.0123456789eE") == ""
}
