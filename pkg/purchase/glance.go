package purchase

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// named is what an answer says that every purchase asks for.
type named struct {
	orderID string
	code    Code
	object  bool // whether the answer is a JSON object at all
}

// glance reads an answer. Of the plain JSON that services send it takes what it
// needs in one pass, without allocating but for the names; whatever is unusual
// (an escape in a key, a name in another case, another type, a syntax error) is
// left to encoding/json, whose answer the quick way always agrees with.
func glance(body []byte) named {
	if n, ok := quick(body); ok {
		return n
	}
	var answer struct {
		OrderID string `json:"order_id"`
		Code    Code   `json:"code"`
	}
	n := named{object: isObject(body)}
	// an answer with other types in these members names nothing
	if json.Unmarshal(body, &answer) == nil {
		n.orderID, n.code = answer.OrderID, answer.Code
	}
	return n
}

func isObject(body []byte) bool {
	body = bytes.TrimSpace(body)
	return len(body) > 0 && body[0] == '{' && json.Valid(body)
}

// quick is glance for an object in plain JSON; false for anything else.
func quick(body []byte) (n named, ok bool) {
	s := scan{rest: body}
	s.space()
	if !s.take('{') {
		return n, false
	}
	n.object = true
	for first := true; ; first = false {
		s.space()
		if first && s.take('}') {
			break
		}
		key, ok := s.text()
		if !ok || !s.colon() {
			return n, false
		}
		switch {
		case string(key) == "order_id":
			value, ok := s.text()
			if !ok || !utf8.Valid(value) {
				return n, false
			}
			n.orderID = string(value)
		case string(key) == "code":
			value, ok := s.text()
			if !ok || !utf8.Valid(value) {
				return n, false
			}
			n.code = Code(value)
		case similar(key, "order_id"), similar(key, "code"), !s.value(maxDepth):
			return n, false
		}
		s.space()
		if s.take('}') {
			break
		}
		if !s.take(',') {
			return n, false
		}
	}
	s.space()
	return n, len(s.rest) == 0
}

// similar reports whether encoding/json might take key for name, whose case it
// does not heed.
func similar(key []byte, name string) bool {
	for _, c := range key {
		if c >= utf8.RuneSelf {
			return true
		}
	}
	return len(key) == len(name) && bytes.EqualFold(key, []byte(name))
}

// maxDepth is how deep an answer may be nested for the quick way.
const maxDepth = 32

// scan walks through JSON. Its methods return false for what is no JSON, or not
// of the plain kind; then the scan is over.
type scan struct{ rest []byte }

func (s *scan) space() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\r' || s.rest[0] == '\t') {
		s.rest = s.rest[1:]
	}
}

func (s *scan) take(c byte) bool {
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// colon takes a colon and the space around it.
func (s *scan) colon() bool {
	s.space()
	if !s.take(':') {
		return false
	}
	s.space()
	return true
}

// text is the inside of a string without escapes.
func (s *scan) text() ([]byte, bool) {
	if !s.take('"') {
		return nil, false
	}
	for i, c := range s.rest {
		switch {
		case c == '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text, true
		case c == '\\' || c < ' ':
			return nil, false
		}
	}
	return nil, false
}

// value skips any value.
func (s *scan) value(depth int) bool {
	if len(s.rest) == 0 || depth == 0 {
		return false
	}
	switch s.rest[0] {
	case '"':
		_, ok := s.text()
		return ok
	case '{':
		return s.members(depth, '}')
	case '[':
		return s.members(depth, ']')
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// members skips an object or an array, which end with end.
func (s *scan) members(depth int, end byte) bool {
	s.rest = s.rest[1:]
	s.space()
	if s.take(end) {
		return true
	}
	for {
		s.space()
		if end == '}' {
			if _, ok := s.text(); !ok || !s.colon() {
				return false
			}
		}
		if !s.value(depth - 1) {
			return false
		}
		s.space()
		if s.take(end) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *scan) word(w string) bool {
	if len(s.rest) < len(w) || string(s.rest[:len(w)]) != w {
		return false
	}
	s.rest = s.rest[len(w):]
	return true
}

// number skips a number as RFC 8259 writes it.
func (s *scan) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *scan) digits() bool {
	n := 0
	for n < len(s.rest) && '0' <= s.rest[n] && s.rest[n] <= '9' {
		n++
	}
	s.rest = s.rest[n:]
	return n > 0
}
