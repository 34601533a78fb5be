// Package redact removes secrets from texts that a service answered, and from texts
// that are about to be printed. It finds secrets by value, in many encodings, and by
// shape: what looks like a bearer token, a private key or a password.
package redact

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// Mark stands in the place of what was removed.
const Mark = "[secret]"

// MinSecret is the length, in bytes, of the shortest secret that is searched for.
const MinSecret = 4

// The lengths, in characters, from which on a text is taken for a secret or for a part
// of one.
const (
	minForm    = 6  // a whole secret in an encoding
	minEdge    = 8  // the beginning or the end of a secret
	minPart    = 12 // any part of a secret
	gramLength = 4
)

// Redactor removes secrets from texts. It is safe for concurrent use; the zero value
// is not valid.
type Redactor struct {
	patterns []pattern
	postings map[uint32][]posting // where each gram is in patterns
	filter   *filter              // grams that may be in postings
	shapes   bool
	few      bool // has no postings and no filter
}

// pattern is a secret in one encoding, folded, or a word that begins a shape.
type pattern struct {
	text  []byte
	word  bool // begins a shape, is no secret
	whole bool // is a secret only as a whole
	short bool // is a secret only between characters that are neither letters nor digits
}

// posting is a place in a pattern.
type posting struct{ pattern, offset int32 }

// New makes a Redactor that removes secrets by value and by shape.
func New(secrets Secrets) *Redactor { return newRedactor(secrets, true) }

// Values makes a Redactor that removes secrets by value alone: for texts that this
// program writes itself.
func Values(secrets Secrets) *Redactor { return newRedactor(secrets, false) }

func newRedactor(secrets Secrets, shapes bool) *Redactor {
	r := &Redactor{shapes: shapes, postings: map[uint32][]posting{}}
	for _, s := range secrets.list {
		r.addSecret(s)
	}
	if shapes {
		for _, w := range shapeWords {
			r.add(pattern{text: fold([]byte(w)), word: true})
		}
	}
	r.index()
	return r
}

// add adds a pattern, once.
func (r *Redactor) add(p pattern) {
	for _, known := range r.patterns {
		if bytes.Equal(known.text, p.text) && known.whole == p.whole {
			return
		}
	}
	r.patterns = append(r.patterns, p)
}

// index fills postings and filter.
func (r *Redactor) index() {
	for i, p := range r.patterns {
		for at := 0; at+gramLength <= len(p.text); at++ {
			g := binary.LittleEndian.Uint32(p.text[at:])
			r.postings[g] = append(r.postings[g], posting{int32(i), int32(at)})
		}
	}
	r.filter = new(filter)
	for g := range r.postings {
		r.filter.add(g)
	}
}

// String returns s without secrets.
func (r *Redactor) String(s string) string {
	if len(s) < MinSecret {
		return s
	}
	var room [64]byte // of the names in answers, most of which need no other
	b := append(room[:0], s...)
	if !r.suspicious(b) {
		return s
	}
	return string(r.redacted([]byte(s)))
}

// Bytes returns b without secrets: b itself when it has none, else a copy.
func (r *Redactor) Bytes(b []byte) []byte {
	if !r.suspicious(b) {
		return b
	}
	return r.redacted(b)
}

// foldBit makes a letter small, foldBits those of a gram.
const (
	foldBit  = 0x20
	foldBits = 0x20202020
)

// suspicious reports whether b may hold a secret. It is false for most answers, and
// fast: every second gram of b is looked up in the filter.
func (r *Redactor) suspicious(b []byte) bool {
	if len(r.patterns) == 0 || r.few {
		return r.few && len(b) >= MinSecret
	}
	for _, c := range [...]byte{'\\', '%', '&', 0} { // begin an escape
		if bytes.IndexByte(b, c) >= 0 {
			return true
		}
	}
	if r.shapes && bytes.IndexByte(b, '@') >= 0 { // a URL with a password
		return true
	}
	filter := r.filter
	i := 0
	for ; i+2*gramLength <= len(b); i += gramLength { // two grams of each eight bytes
		w := binary.LittleEndian.Uint64(b[i:])
		g, next := uint32(w)|foldBits, uint32(w>>16)|foldBits
		if (filter.has(g) && r.confirm(b, i, g)) || (filter.has(next) && r.confirm(b, i+2, next)) {
			return true
		}
	}
	for ; i+gramLength <= len(b); i += 2 {
		if g := binary.LittleEndian.Uint32(b[i:]) | foldBits; filter.has(g) && r.confirm(b, i, g) {
			return true
		}
	}
	return false
}

// confirm reports whether a pattern, or enough of one, is at place i of b, where a gram
// is.
func (r *Redactor) confirm(b []byte, i int, gram uint32) bool {
	for _, p := range r.postings[gram] {
		text := r.patterns[p.pattern].text
		from, to := extend(text, int(p.offset), b, i, foldBit)
		if to-from >= min(minEdge, len(text)) {
			return true
		}
	}
	return false
}

// extend returns the largest range of text around i that is equal to the pattern around
// offset, when each byte of text has the bits of fold.
func extend(pattern []byte, offset int, text []byte, i int, fold byte) (from, to int) {
	from, to = i, i
	for o := offset; o > 0 && from > 0 && text[from-1]|fold == pattern[o-1]; o-- {
		from--
	}
	for o := offset; o < len(pattern) && to < len(text) && text[to]|fold == pattern[o]; o++ {
		to++
	}
	return from, to
}

// span is a range of bytes.
type span struct{ from, to int }

// passes is how many encodings inside one another are undone, and one more.
const passes = 5

// redacted removes all secrets from b: from b as it is, and from what is left when
// escapes are undone, several times.
func (r *Redactor) redacted(b []byte) []byte {
	var spans []span
	for v, n := newView(b), 0; n < passes; n++ {
		if r.few {
			spans = r.findFew(spans, v)
		} else {
			spans = r.findValues(spans, v)
		}
		if r.shapes {
			spans = findShapes(spans, v)
		}
		next, changed := v.unescape()
		if !changed {
			break
		}
		v = next
	}
	if len(spans) == 0 {
		return b
	}
	slices.SortFunc(spans, func(x, y span) int { return x.from - y.from })
	out := make([]byte, 0, len(b))
	end := 0
	for i := 0; i < len(spans); {
		from, to := spans[i].from, spans[i].to
		for i++; i < len(spans) && spans[i].from <= to; i++ {
			to = max(to, spans[i].to)
		}
		out = append(append(out, b[end:from]...), Mark...)
		end = to
	}
	return append(out, b[end:]...)
}

// findValues appends the ranges of v's source that hold secrets.
func (r *Redactor) findValues(spans []span, v view) []span {
	text, at := v.compact()
	for i := 0; i+gramLength <= len(text); i++ {
		g := binary.LittleEndian.Uint32(text[i:])
		if !r.filter.has(g) {
			continue
		}
		end := i
		for _, p := range r.postings[g] {
			pat := &r.patterns[p.pattern]
			if pat.word {
				continue
			}
			from, to := extend(pat.text, int(p.offset), text, i, 0)
			if to > end && pat.accepts(text, from, to, int(p.offset)-(i-from)) && (!pat.short || v.alone(at[from], at[to-1])) {
				spans = append(spans, v.source(at[from], at[to-1]))
				end = to
			}
		}
		if end > i {
			i = end - gramLength // the next one may begin within this one's last characters
		}
	}
	return spans
}

// accepts reports whether the text between from and to, which is equal to the pattern
// from offset on, is the secret or a part of it.
func (p *pattern) accepts(text []byte, from, to, offset int) bool {
	n := to - from
	switch {
	case n == len(p.text):
		return true
	case p.whole || p.short:
		return false
	case n >= minPart:
		return true
	case n < minEdge || offset > 0 && offset+n < len(p.text):
		return false
	}
	// the digits of a number or an id may be those of a secret by chance
	return from == 0 || to == len(text) || !digits(text[from:to])
}

// digits reports whether all of text are hexadecimal digits.
func digits(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') && c != '-' {
			return false
		}
	}
	return true
}
