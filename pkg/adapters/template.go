package adapters

import (
	"errors"
	"fmt"
	"strings"
)

// template is a text with values in it. The zero value is the empty text.
type template struct {
	segments []segment
	end      string // after the last value
	size     int    // of the texts, in bytes
}

// segment is a text and the value after it.
type segment struct {
	before   string
	variable variable
	place    place
	kept     string // the name of a keptVariable
}

// name returns how the value is written in a file, without its braces.
func (s *segment) name() string {
	if s.variable == keptVariable {
		return "." + keptPrefix + s.kept
	}
	return "." + variableNames[s.variable]
}

// append appends the value as it is. The error says that there is none.
func (s *segment) append(b []byte, in *inputs) ([]byte, error) {
	switch s.variable {
	case keptVariable:
		value, ok := in.call.Kept[s.kept]
		if !ok {
			return b, errors.New("has no value: no answer had it")
		}
		return append(b, value...), nil
	case orderVariable:
		if in.call.Order == "" {
			return b, errors.New("is empty")
		}
	}
	return in.append(b, s.variable), nil
}

// constant returns the text of a template without values.
func (t template) constant() (string, bool) { return t.end, len(t.segments) == 0 }

// has reports whether a value of v stands in t.
func (t template) has(v variable) bool {
	for i := range t.segments {
		if t.segments[i].variable == v {
			return true
		}
	}
	return false
}

// append appends the text. The error names the value that cannot stand in its place.
func (t template) append(b []byte, in *inputs) (_ []byte, err error) {
	for i := range t.segments {
		s := &t.segments[i]
		b = append(b, s.before...)
		if s.place == jsonNullablePlace {
			b = in.appendNullable(b, s.variable)
			continue
		}
		start := len(b)
		if b, err = s.append(b, in); err == nil {
			b, err = s.place.escape(b, start, s.variable)
		}
		if err != nil {
			return b, fmt.Errorf("{{%s}} %w", s.name(), err)
		}
	}
	return append(b, t.end...), nil
}

// text returns the text.
func (t template) text(in *inputs) (string, error) {
	if len(t.segments) == 0 {
		return t.end, nil
	}
	if len(t.segments) == 1 && t.segments[0].place == headerPlace && t.segments[0].variable == keyVariable && t.size == 0 {
		key := in.call.Key
		for i := range len(key) {
			if key[i] <= ' ' || key[i] >= 0x7f {
				return keyInHeader(key)
			}
		}
		return key, nil
	}
	b, err := t.append(make([]byte, 0, t.size+32*len(t.segments)), in)
	return string(b), err
}

// keyInHeader returns a key as a header has it.
func keyInHeader(key string) (string, error) {
	if _, err := headerPlace.escape([]byte(key), 0, keyVariable); err != nil {
		return "", fmt.Errorf("{{.%s}} %w", variableNames[keyVariable], err)
	}
	return key, nil
}

// action is what stands between {{ and }}.
type action struct {
	json     bool
	variable variable
	kept     string  // the name of a keptVariable
	value    *string // of a variable of the environment, which is known
}

// placer says where the value of an action stands, after the text before it.
type placer interface {
	// text returns a text of the file as it is sent.
	text(literal string) string
	// place returns where a value after that text stands, or a sentence that says why it
	// cannot.
	place(a action) (place, string)
}

// fixedPlace is the placer of a text that is all the same place.
type fixedPlace place

func (fixedPlace) text(literal string) string { return literal }

func (p fixedPlace) place(a action) (place, string) {
	if a.json {
		return 0, "{{json …}} stands in json: only"
	}
	return place(p), ""
}

// maxSegments bounds the values in a template.
const maxSegments = 200

// template reads n as a template whose values stand where where says.
func (n node) template(s scope, where placer) (t template, ok bool) {
	text, ok := n.text()
	if !ok {
		return t, false
	}
	return n.compile(text, s, where)
}

// compile makes a template of a text.
func (n node) compile(text string, s scope, where placer) (t template, ok bool) {
	literal := ""
	for {
		before, rest, found := strings.Cut(text, "{{")
		literal += where.text(before)
		if !found {
			t.end = literal
			t.size += len(literal)
			return t, true
		}
		inside, after, closed := strings.Cut(rest, "}}")
		if !closed {
			n.fault("a {{ has no }}")
			return t, false
		}
		a, ok := n.action(inside, s)
		if !ok {
			return t, false
		}
		place, why := where.place(a)
		if why != "" {
			n.fault("%s", why)
			return t, false
		}
		text = after
		closing := ""
		if place == jsonQuotedPlace {
			place, literal, closing = jsonTextPlace, literal+`"`, `"`
		}
		if a.value != nil {
			b, err := place.escape(append([]byte(literal), *a.value...), len(literal), keyVariable)
			if err != nil {
				n.fault("the value of {{%s}} %v", strings.TrimSpace(inside), err)
				return t, false
			}
			literal = string(b) + closing
			continue
		}
		t.segments = append(t.segments, segment{literal, a.variable, place, a.kept})
		t.size += len(literal)
		literal = closing
		if len(t.segments) > maxSegments {
			n.fault("has more than %d values", maxSegments)
			return t, false
		}
	}
}

// action reads what stands between {{ and }}.
func (n node) action(inside string, s scope) (a action, ok bool) {
	words := strings.Fields(strings.Trim(inside, "-"))
	if len(words) == 2 && words[0] == "json" {
		a.json, words = true, words[1:]
	}
	name, dotted := "", false
	if len(words) == 1 {
		name, dotted = strings.CutPrefix(words[0], ".")
	}
	if !dotted || strings.ContainsAny(name, "|()\"'`") {
		n.fault("{{%s}}: only a value such as {{.User}} or {{json .User}} can stand there, no condition, loop, pipe or other function: write a Go type for these (purchase.Adapter)", clip(inside))
		return a, false
	}
	if name, isVar := strings.CutPrefix(name, varPrefix); isVar {
		value, ok := n.vars[name]
		if !ok || value == "" {
			n.fault("{{.%s%s}}: the environment variable %s%s is not set, or empty", varPrefix, clip(name), environmentPrefix, clip(name))
			return a, false
		}
		n.used[name] = true
		a.value = &value
		return a, true
	}
	if kept, is := strings.CutPrefix(name, keptPrefix); is {
		if why := n.notKept(kept, s); why != "" {
			n.fault("{{.%s}} %s", clip(name), why)
			return a, false
		}
		a.variable, a.kept = keptVariable, kept
		return a, true
	}
	if a.variable, ok = s.find(name); !ok {
		why := ""
		if name == variableNames[orderVariable] && s.has(keptVariable) {
			why = ", or order: in a part before it, which says where an answer names the order"
		}
		n.fault("{{.%s}} has no value here, want %s%s", clip(name), s.names(), why)
		return a, false
	}
	return a, true
}

// clip returns the beginning of a text for messages.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}
