package figure

import (
	"cmp"
	"strconv"
	"strings"
	"unicode"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
)

// maxNameLetters is how many letters of a name are drawn.
const maxNameLetters = 20

// oneLine returns a text on one line, of at most limit letters. Letters that the font does
// not have, Japanese ones among them, are written as \u91cd: gonum would leave them blank,
// and two names could not be distinguished.
func oneLine(name string, limit int) string {
	var b strings.Builder
	for _, r := range name {
		switch {
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		case unicode.IsPrint(r) && hasGlyph(r):
			b.WriteRune(r)
		default:
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		}
	}
	letters := []rune(cmp.Or(b.String(), language.Text("(no name)")))
	if len(letters) > limit {
		return string(letters[:limit-1]) + "…"
	}
	return string(letters)
}

func hasGlyph(r rune) bool {
	index, err := font.DefaultCache.Lookup(fontFace(9), 9).Face.GlyphIndex(nil, r)
	return err == nil && index != 0
}

// wrapName breaks a name into two lines where it is wider than room, if possible after a
// separator, and elides what is still too wide.
func wrapName(name string, room vg.Length, style text.Style) string {
	name = oneLine(name, maxNameLetters)
	if style.Width(name) <= room {
		return name
	}
	letters := []rune(name)
	at := 1
	for i := 1; i < len(letters) && style.Width(string(letters[:i])) <= room; i++ {
		at = i
	}
	for i := at; i > 0 && i >= at-5; i-- {
		if strings.ContainsRune("-–_ ./:", letters[i-1]) {
			at = i
			break
		}
	}
	return string(letters[:at]) + "\n" + elide(string(letters[at:]), room, style)
}

// elide cuts a text that is wider than room and ends it with "…".
func elide(s string, room vg.Length, style text.Style) string {
	letters := []rune(s)
	for n := len(letters); n > 0; n-- {
		out := string(letters[:n])
		if n < len(letters) {
			out += "…"
		}
		if style.Width(out) <= room {
			return out
		}
	}
	return ""
}
