package redact

import (
	"bytes"
	"html"
	"strconv"
	"unicode/utf8"
)

// view is a text with escapes undone. Each byte knows which range of the source it
// comes from.
type view struct {
	text     []byte
	from, to []int32 // nil for the source itself
}

func newView(source []byte) view { return view{text: source} }

// source returns the range of the source that the bytes first to last come from.
func (v view) source(first, last int32) span {
	if v.from == nil {
		return span{int(first), int(last) + 1}
	}
	return span{int(v.from[first]), int(v.to[last])}
}

// compact returns the text folded and without spaces, control characters and bytes
// beyond ASCII, and the place in the view of each byte: a secret may be split over
// lines.
func (v view) compact() (text []byte, at []int32) {
	text, at = make([]byte, 0, len(v.text)), make([]int32, 0, len(v.text))
	for i, c := range v.text {
		if visible(c) {
			text, at = append(text, c|0x20), append(at, int32(i))
		}
	}
	return text, at
}

// alone reports whether no letter or digit is next to the bytes first to last.
func (v view) alone(first, last int32) bool {
	return (first == 0 || !alphanumeric(v.text[first-1])) && (int(last)+1 == len(v.text) || !alphanumeric(v.text[last+1]))
}

func alphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// unescape undoes one level of escapes: those of JSON and of most languages (\n,
// \u0041, \x41), percent-encoding and HTML. changed is false when there are none.
func (v view) unescape() (next view, changed bool) {
	if !bytes.ContainsAny(v.text, `\%&`) {
		return v, false
	}
	n := len(v.text)
	next = view{text: make([]byte, 0, n), from: make([]int32, 0, n), to: make([]int32, 0, n)}
	for i := 0; i < n; {
		decoded, width := rune(v.text[i]), 1
		raw := true
		switch v.text[i] {
		case '\\':
			decoded, width = backslash(v.text[i:])
		case '%':
			decoded, width = percent(v.text[i:])
		case '&':
			decoded, width = entity(v.text[i:])
		}
		if width > 1 {
			changed, raw = true, false
		} else {
			decoded = rune(v.text[i])
		}
		s := v.source(int32(i), int32(i+width-1))
		if raw || decoded < 0x100 && v.text[i] == '%' { // a byte
			next.text = append(next.text, byte(decoded))
		} else {
			next.text = utf8.AppendRune(next.text, decoded)
		}
		for len(next.from) < len(next.text) {
			next.from, next.to = append(next.from, int32(s.from)), append(next.to, int32(s.to))
		}
		i += width
	}
	return next, changed
}

// number reads n digits of a base at the beginning of b.
func number(b []byte, n, base int) (rune, bool) {
	if len(b) < n || n == 0 {
		return 0, false
	}
	v, err := strconv.ParseUint(string(b[:n]), base, 32)
	return rune(v), err == nil && v <= utf8.MaxRune
}

// backslash reads the escape at the beginning of b; its width is 1 when there is none.
func backslash(b []byte) (r rune, width int) {
	if len(b) < 2 {
		return 0, 1
	}
	switch c := b[1]; c {
	case 'n', 'r', 't', 'b', 'f', 'v', 'a':
		return ' ', 2
	case 'u':
		if r, ok := number(b[2:], 4, 16); ok {
			return r, 6
		}
		if len(b) > 2 && b[2] == '{' {
			if end := bytes.IndexByte(b[:min(len(b), 12)], '}'); end > 3 {
				if r, ok := number(b[3:], end-3, 16); ok {
					return r, end + 1
				}
			}
		}
	case 'U':
		if r, ok := number(b[2:], 8, 16); ok {
			return r, 10
		}
	case 'x':
		if r, ok := number(b[2:], 2, 16); ok {
			return r, 4
		}
	case '0', '1', '2', '3':
		if r, ok := number(b[1:], 3, 8); ok {
			return r, 4
		}
	default:
		if visible(c) && !alphanumeric(c) {
			return rune(c), 2
		}
	}
	return 0, 1
}

// percent reads the percent-encoded byte at the beginning of b, or the character of the
// older form %u0041.
func percent(b []byte) (r rune, width int) {
	if r, ok := number(b[1:], 2, 16); ok {
		return r, 3
	}
	if len(b) > 1 && b[1]|0x20 == 'u' {
		if r, ok := number(b[2:], 4, 16); ok {
			return r, 6
		}
	}
	return 0, 1
}

// longestEntity is the longest name of an HTML character that is undone.
const longestEntity = 12

// entity reads the HTML character at the beginning of b, whose semicolon may be
// missing.
func entity(b []byte) (r rune, width int) {
	end := 1
	for end < min(len(b), longestEntity) && (alphanumeric(b[end]) || b[end] == '#') {
		end++
	}
	name := string(b[:end])
	if end < len(b) && b[end] == ';' {
		end++
	}
	text := html.UnescapeString(name + ";")
	r, size := utf8.DecodeRuneInString(text)
	if size != len(text) {
		return 0, 1
	}
	return r, end
}
