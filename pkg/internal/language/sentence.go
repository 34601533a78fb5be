package language

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// sentence is a text with placeholders.
type sentence struct {
	literals []string // what stands before, between and behind the placeholders
	pattern  *regexp.Regexp
	names    []string // of the placeholders, in their order in pattern
	other    string   // the text in the other language
}

var placeholder = regexp.MustCompile(`\{[=#]?[a-z0-9]+\}`)

// Placeholders lists the placeholders of a text, sorted.
func Placeholders(text string) []string {
	list := placeholder.FindAllString(text, -1)
	slices.Sort(list)
	return list
}

// sentences compiles the texts that have placeholders, in the order in which they are tried.
func sentences(texts map[string]string) (list []sentence) {
	var sources []string
	for source := range texts {
		if placeholder.MatchString(source) {
			sources = append(sources, source)
		}
	}
	beginning := func(text string) int { return placeholder.FindStringIndex(text)[0] }
	own := func(text string) int { return len(placeholder.ReplaceAllString(text, "")) }
	slices.SortFunc(sources, func(a, b string) int {
		return cmp.Or(beginning(b)-beginning(a), own(b)-own(a), strings.Compare(a, b))
	})
	for _, source := range sources {
		list = append(list, newSentence(source, texts[source]))
	}
	return list
}

func newSentence(source, other string) sentence {
	names, literals := placeholder.FindAllString(source, -1), placeholder.Split(source, -1)
	var pattern strings.Builder
	for i, literal := range literals {
		switch {
		case i == 0:
		case names[i-1][1] == '#':
			pattern.WriteString(`(\S+)`)
		case len(names[i-1]) == len("{n}"):
			pattern.WriteString(`(-?[\d.,]+)`)
		default:
			pattern.WriteString("(.*?)")
		}
		pattern.WriteString(regexp.QuoteMeta(literal))
	}
	return sentence{literals, regexp.MustCompile(`^` + pattern.String() + `$`), names, other}
}

// hasLiterals reports whether text has what stands around the placeholders, in its order.
// It costs little beside the pattern, which few texts need.
func (s sentence) hasLiterals(text string) bool {
	if !strings.HasPrefix(text, s.literals[0]) || !strings.HasSuffix(text, s.literals[len(s.literals)-1]) {
		return false
	}
	for _, literal := range s.literals {
		at := strings.Index(text, literal)
		if at < 0 {
			return false
		}
		text = text[at+len(literal):]
	}
	return true
}

// fill returns the other language's text with what text has in place of the placeholders.
func (s sentence) fill(text string, t *Translation) (string, bool) {
	if !s.hasLiterals(text) {
		return "", false
	}
	m := s.pattern.FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	values := map[string]string{}
	for i, name := range s.names {
		if values[name] = m[i+1]; name[1] == '=' {
			values[name] = t.Text(m[i+1])
		}
	}
	return placeholder.ReplaceAllStringFunc(s.other, func(name string) string { return values[name] }), true
}
