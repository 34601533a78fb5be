// Package printable makes characters visible that would act on a terminal, or change
// how a line reads, instead of being shown.
package printable

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text returns s with control characters, characters that change the direction of
// text, and characters without width as escapes, such as \x1b and \u202e. Line feeds
// and tabs stay.
func Text(s string) string { return escape(s, false) }

// Line returns s as Text does, with line feeds and tabs as \n and \t, too: for one line.
func Line(s string) string { return escape(s, true) }

func escape(s string, line bool) string {
	at := first(s, line)
	if at < 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for b.WriteString(s[:at]); at < len(s); {
		r, size := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == utf8.RuneError && size == 1: // no UTF-8: a terminal may take 0x9b for ESC [
			fmt.Fprintf(&b, `\x%02x`, s[at])
		case line && r == '\n':
			b.WriteString(`\n`)
		case line && r == '\t':
			b.WriteString(`\t`)
		case !acts(r, line):
			b.WriteString(s[at : at+size])
		case r < ' ':
			fmt.Fprintf(&b, `\x%02x`, r)
		case r <= 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r) // also in JSON's strings
		default:
			hi, lo := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		}
		at += size
	}
	return b.String()
}

// first returns the place of the first byte of s that is to be escaped, -1 when there
// is none.
func first(s string, line bool) int {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if (c < ' ' || c == 0x7f) && acts(rune(c), line) {
				return i
			}
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 || acts(r, line) {
			return i
		}
		i += size
	}
	return -1
}

// acts reports whether r does something else than showing a character.
func acts(r rune, line bool) bool {
	switch {
	case r == '\n' || r == '\t':
		return line
	case r < ' ', r >= 0x7f && r <= 0x9f: // C0, DEL, C1
		return true
	case r < 0x061c:
		return false
	case r == 0x061c, r == 0x180e, r == 0xfeff, // marks without width
		r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, // … line separators, overrides of the direction
		r >= 0x2060 && r <= 0x206f, r >= 0xfff9 && r <= 0xfffb,
		r >= 0xe0000 && r <= 0xe007f: // tags, without width
		return true
	}
	return false
}
