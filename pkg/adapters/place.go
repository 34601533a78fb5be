package adapters

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// place is where in a request a value stands, and how it is escaped so that it stays there.
type place uint8

const (
	pathPlace         place = iota // a part of a path
	queryPlace                     // a name or a value in a query or a form
	headerPlace                    // the value of a header
	jsonTextPlace                  // in a string of JSON
	jsonValuePlace                 // a value of JSON: a number, what is one, or a string with its quotes; null when it is empty
	jsonQuotedPlace                // a string of JSON, whose quotes a template puts around a jsonTextPlace
	jsonNullablePlace              // a string of JSON with its quotes, or null when it is empty
	xmlPlace                       // a text or an attribute of XML
	plainPlace                     // a body of which the syntax is not known
	gjsonPlace                     // a name in a path of gjson
	gjsonQueryPlace                // a string in a query of gjson
	gjsonNumberPlace               // a value in a query of gjson without quotes
)

// escape makes the value of v at the end of b, from start on, what stands for it in its
// place. The error says why it cannot stand there.
func (p place) escape(b []byte, start int, v variable) ([]byte, error) {
	switch p {
	case queryPlace, plainPlace:
		if unreserved(b[start:]) {
			return b, nil
		}
		return p.escapeText(b, start)
	case pathPlace, gjsonPlace, gjsonQueryPlace:
		return p.escapeText(b, start)
	}
	switch value := b[start:]; p {
	case headerPlace:
		if i := strings.IndexFunc(string(value), unicode.IsControl); i >= 0 {
			return b, fmt.Errorf("has the control character %q, which no header carries", value[i])
		}
		return b, nil
	case jsonTextPlace:
		return escapeJSON(b, start), nil
	case jsonValuePlace:
		switch {
		case v.isNumber() || isInteger(value):
			return b, nil
		case len(value) == 0:
			return append(b, "null"...), nil
		}
		b = slices.Insert(b, start, '"')
		return append(escapeJSON(b, start+1), '"'), nil
	case xmlPlace:
		var text strings.Builder
		if err := xml.EscapeText(&text, value); err != nil {
			return b, err
		}
		return append(b[:start], text.String()...), nil
	}
	if !isInteger(b[start:]) {
		return b, errors.New(`is no number: put it in quotes, such as #(id=="{{.Product}}")`)
	}
	return b, nil
}

// escapeText is escape for a value that usually needs nothing.
func (p place) escapeText(b []byte, start int) ([]byte, error) {
	text := string(b[start:])
	switch {
	case text == "" && (p == pathPlace || p == gjsonPlace):
		return b, errors.New("is empty")
	case p == pathPlace && strings.Trim(text, ".") == "":
		return b, fmt.Errorf("is %q, which means another folder in a path", text)
	case p == pathPlace:
		return append(b[:start], url.PathEscape(text)...), nil
	case p == queryPlace:
		return append(b[:start], url.QueryEscape(text)...), nil
	case p == gjsonPlace:
		return append(b[:start], gjson.Escape(text)...), nil
	case p == plainPlace:
		return b, errors.New("may have only letters, digits, . _ ~ and - in a body of this type, of which the syntax is not known: use the part json or form")
	case strings.ContainsAny(text, `"\`) || strings.IndexFunc(text, unicode.IsControl) >= 0:
		return b, errors.New("has a quote, a backslash or a control character, which no query of gjson carries")
	case strings.HasPrefix(text, "~"):
		return b, errors.New("begins with ~, which means something else in a query of gjson")
	}
	return b, nil
}

// unreserved reports whether a text is the same in every place.
func unreserved(text []byte) bool {
	for _, c := range text {
		if !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_' || c == '~') {
			return false
		}
	}
	return true
}

// isInteger reports whether a text is an integer of JSON, of at most 18 digits.
func isInteger(text []byte) bool {
	digits := text
	if len(digits) > 0 && digits[0] == '-' {
		digits = digits[1:]
	}
	if len(digits) == 0 || len(digits) > 18 || digits[0] == '0' && len(text) > 1 {
		return false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// escapeJSON makes what b has from start on a part of a string of JSON. What is no UTF-8
// becomes U+FFFD.
func escapeJSON(b []byte, start int) []byte {
	i := start
	for ; i < len(b) && b[i] >= ' ' && b[i] < utf8.RuneSelf && b[i] != '"' && b[i] != '\\'; i++ {
	}
	if i == len(b) {
		return b
	}
	rest := string(b[i:])
	b = b[:i]
	for _, r := range rest {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			b = fmt.Appendf(b, `\u%04x`, r)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}
