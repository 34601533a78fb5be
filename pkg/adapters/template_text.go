package adapters

import (
	"encoding/json"
	"fmt"
	"strings"
)

// sample returns the text of t with the same text in all places.
func (t template) sample(value string) string {
	var b strings.Builder
	for _, s := range t.segments {
		b.WriteString(s.before)
		b.WriteString(value)
	}
	b.WriteString(t.end)
	return b.String()
}

// invalidJSON says why t, which was made of a text, would not be JSON with values in it, ""
// when it would.
func (t template) invalidJSON(text string) string {
	for _, value := range []string{"0", `"x"`} {
		var b strings.Builder
		for _, s := range t.segments {
			b.WriteString(s.before)
			switch {
			case s.place == jsonTextPlace:
				b.WriteString("x")
			case s.place == jsonNullablePlace:
				b.WriteString(`"x"`)
			case s.variable.isNumber():
				b.WriteString("0")
			default:
				b.WriteString(value)
			}
		}
		b.WriteString(t.end)
		var any any
		if err := json.Unmarshal([]byte(b.String()), &any); err != nil {
			return fmt.Sprintf("is no JSON with values in it: %v in %s", err, clip(text)) // not of b, which has values of variables
		}
	}
	return ""
}

// join returns t with more after it.
func (t template) join(more template) template {
	if len(more.segments) == 0 {
		t.end += more.end
	} else {
		segments := append([]segment(nil), more.segments...)
		segments[0].before = t.end + segments[0].before
		t.segments, t.end = append(t.segments, segments...), more.end
	}
	t.size += more.size
	return t
}
