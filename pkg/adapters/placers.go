package adapters

import (
	"net/url"
	"strings"
)

// addressPlace is the placer of a path with its query.
type addressPlace struct{ query bool }

// text implements placer.
func (p *addressPlace) text(literal string) string {
	p.query = p.query || strings.Contains(literal, "?")
	return literal
}

// place implements placer.
func (p *addressPlace) place(a action) (place, string) {
	if p.query {
		return fixedPlace(queryPlace).place(a)
	}
	return fixedPlace(pathPlace).place(a)
}

// formPlace is the placer of a value of a form, whose texts in the file are not escaped.
type formPlace struct{}

// text implements placer.
func (formPlace) text(literal string) string { return url.QueryEscape(literal) }

// place implements placer.
func (formPlace) place(a action) (place, string) { return fixedPlace(queryPlace).place(a) }

// jsonPlace is the placer of JSON.
type jsonPlace struct{ inString, escaped bool }

// text implements placer.
func (p *jsonPlace) text(literal string) string {
	for i := range len(literal) {
		switch c := literal[i]; {
		case p.escaped:
			p.escaped = false
		case c == '\\':
			p.escaped = p.inString
		case c == '"':
			p.inString = !p.inString
		}
	}
	return literal
}

// place implements placer.
func (p *jsonPlace) place(a action) (place, string) {
	switch {
	case p.escaped:
		return 0, "a value stands after a backslash in a string of JSON"
	case p.inString && a.json:
		return 0, "{{json …}} brings its own quotes: leave out those around it, or the word json"
	case p.inString:
		return jsonTextPlace, ""
	case a.value == nil && (a.variable.isNumber() || !a.json && (a.variable.isID() || a.variable == afterVariable)):
		return jsonValuePlace, ""
	case a.value == nil && a.variable.isOptional():
		return jsonNullablePlace, ""
	}
	return jsonQuotedPlace, ""
}

// gjsonPath is the placer of a path of gjson.
type gjsonPath struct {
	depth    int // of parentheses
	inString bool
	escaped  bool
	pattern  bool // the string is one of the operators % and !%
}

// text implements placer.
func (p *gjsonPath) text(literal string) string {
	for i := range len(literal) {
		switch c := literal[i]; {
		case p.escaped:
			p.escaped = false
		case c == '\\':
			p.escaped = true
		case p.depth > 0 && c == '"':
			p.inString = !p.inString
			p.pattern = p.inString && i > 0 && literal[i-1] == '%'
		case p.inString:
		case c == '(':
			p.depth++
		case c == ')':
			p.depth = max(0, p.depth-1)
		}
	}
	return literal
}

// place implements placer.
func (p *gjsonPath) place(a action) (place, string) {
	switch {
	case p.escaped:
		return 0, "a value stands after a backslash"
	case p.pattern:
		return 0, "a value cannot stand in a pattern of gjson (%): compare with =="
	case p.inString:
		return fixedPlace(gjsonQueryPlace).place(a)
	case p.depth > 0:
		return fixedPlace(gjsonNumberPlace).place(a)
	}
	return fixedPlace(gjsonPlace).place(a)
}

// bodyPlace returns the placer of a body of a media type.
func bodyPlace(mediaType string) placer {
	switch base := baseType(mediaType); {
	case base == formType:
		return fixedPlace(queryPlace)
	case isJSONType(base):
		return new(jsonPlace)
	case strings.HasSuffix(base, "/xml"), strings.HasSuffix(base, "+xml"):
		return fixedPlace(xmlPlace)
	}
	return fixedPlace(plainPlace)
}

// baseType returns a media type without its parameters, in small letters.
func baseType(mediaType string) string {
	base, _, _ := strings.Cut(strings.ToLower(mediaType), ";")
	return strings.TrimSpace(base)
}

// formType is the media type of a form.
const formType = "application/x-www-form-urlencoded"

// isJSONType reports whether a media type is one of JSON.
func isJSONType(base string) bool {
	return base == "application/json" || strings.HasSuffix(base, "+json")
}
