package language

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
)

// sentence is a text with placeholders.
type sentence struct {
	pattern *regexp.Regexp
	names   []string // of the placeholders, in their order in pattern
	other   string   // the text in the other language
}

var placeholder = regexp.MustCompile(`\{=?[a-z0-9]+\}`)

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
	names := placeholder.FindAllString(source, -1)
	var pattern strings.Builder
	for i, literal := range placeholder.Split(source, -1) {
		switch {
		case i == 0:
		case len(names[i-1]) == len("{n}"):
			pattern.WriteString(`(-?[\d.,]+)`)
		default:
			pattern.WriteString("(.*?)")
		}
		pattern.WriteString(regexp.QuoteMeta(literal))
	}
	return sentence{regexp.MustCompile(`^` + pattern.String() + `$`), names, other}
}

// fill returns the other language's text with what text has in place of the placeholders.
func (s sentence) fill(text string, t *Translation) (string, bool) {
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
