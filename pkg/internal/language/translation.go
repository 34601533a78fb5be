// Package language translates the English texts that figures and pages show. A
// Translation is chosen once, before the first text is written; without one every text
// stays as it is.
//
// Data have no translation: names of stages, reasons, columns, keys. They are never
// looked up alone, and are placeholders of the texts in which they stand.
package language

import (
	"strings"
	"sync"
	"sync/atomic"
)

// Translation holds the texts of another language. Its methods may be called by several
// goroutines; those of nil return every text as it is.
type Translation struct {
	// Typeface names the typeface that has the letters of the language, "" for the usual
	// one.
	Typeface string

	texts   map[string]string
	compile func() []sentence
}

// New returns a translation of texts, by their English form. A text may have
// placeholders, in both languages the same ones: {n} and others of one letter stand for a
// number, {stage} stands for any text, {#order} for one without a space, and {=note} for
// one that is translated itself where it has a translation. Where a text fits several, that with the longest beginning of its
// own counts, then that with the most letters of its own.
func New(typeface string, texts map[string]string) *Translation {
	t := &Translation{Typeface: typeface, texts: texts}
	t.compile = sync.OnceValue(func() []sentence { return sentences(texts) })
	return t
}

// Reversed returns the translation back into English. Of several texts with the same
// translation it knows the first one of the alphabet.
func (t *Translation) Reversed() *Translation {
	back := make(map[string]string, len(t.texts))
	for english, other := range t.texts {
		if first, ok := back[other]; !ok || english < first {
			back[other] = english
		}
	}
	return New("", back)
}

// Text translates a text: a whole one, or one that was made from a text with
// placeholders. A text without a translation is returned as it is.
func (t *Translation) Text(text string) string {
	if t == nil || text == "" {
		return text
	}
	if exact, ok := t.texts[text]; ok {
		return exact
	}
	for _, s := range t.compile() {
		if filled, ok := s.fill(text, t); ok {
			return filled
		}
	}
	return text
}

// Lines translates each line of a text, without the spaces at its beginning.
func (t *Translation) Lines(text string) string {
	if t == nil {
		return text
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		words := strings.TrimLeft(line, " ")
		lines[i] = line[:len(line)-len(words)] + t.Text(words)
	}
	return strings.Join(lines, "\n")
}

// current is the translation that is in use, nil for English.
var current atomic.Pointer[Translation]

// Use chooses the translation for all texts that are written from now on; nil is English.
func Use(t *Translation) { current.Store(t) }

// Text translates a text as Translation.Text of the one in use does.
func Text(text string) string { return current.Load().Text(text) }

// Lines translates lines as Translation.Lines of the one in use does.
func Lines(text string) string { return current.Load().Lines(text) }

// Typeface returns the typeface of the translation in use, otherwise when it has none.
func Typeface(otherwise string) string {
	if t := current.Load(); t != nil && t.Typeface != "" {
		return t.Typeface
	}
	return otherwise
}
