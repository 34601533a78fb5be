package purchase

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"unicode/utf8"
)

// reply is what is read of every answer to a purchase of the contract.
type reply struct {
	orderID  string
	code     Code
	isObject bool // whether the answer is a JSON object at all
	integers [len(integerMembers)]integer
	// unfinished is the member status, when it is one of the contract's that does not
	// confirm; "" for any other value.
	unfinished Status
}

// integerMembers are the members of an answer that are integers, or IDs, by their place in
// reply.integers.
var integerMembers = [...]string{amountMember: "amount", userMember: "user_id", productMember: "product_id", quantityMember: "quantity", methodMember: "payment_method_id"}

const (
	amountMember = iota
	userMember
	productMember
	quantityMember
	methodMember
)

// integer is the value of a member that is one, or an ID; named is false when it is missing,
// or anything else.
type integer struct {
	value int64
	named bool
}

// parseMember reads the JSON value of a member of integerMembers.
func parseMember(member int, value []byte) integer {
	if member == amountMember || member == quantityMember {
		return parseInteger(value)
	}
	id, named := parseJSONID(value)
	return integer{int64(id), named}
}

// parseInteger reads a JSON value.
func parseInteger(value []byte) integer {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return integer{}
	}
	return integer{n, true}
}

// parseStatus reads the JSON value of the member status.
func parseStatus(value []byte) Status {
	if len(value) < 2 || value[0] != '"' {
		return ""
	}
	switch string(value[1 : len(value)-1]) {
	case string(Pending):
		return Pending
	case string(Compensating):
		return Compensating
	case string(Cancelled):
		return Cancelled
	}
	return ""
}

// parseReply reads an answer. Its fast path reads plain JSON, as services send it, in
// one pass and allocates only the names it returns. Anything else (an escape, a name
// in another case, another type, a syntax error) is left to encoding/json, with
// which the fast path always agrees.
func parseReply(body []byte) reply {
	if n, ok := parseFast(body); ok {
		return n
	}
	var answer struct {
		OrderID  string          `json:"order_id"`
		Code     Code            `json:"code"`
		Amount   json.RawMessage `json:"amount"`
		User     json.RawMessage `json:"user_id"`
		Product  json.RawMessage `json:"product_id"`
		Quantity json.RawMessage `json:"quantity"`
		Method   json.RawMessage `json:"payment_method_id"`
		Status   any             `json:"status"`
	}
	n := reply{isObject: isObject(body)}
	if json.Unmarshal(body, &answer) != nil {
		return n // an answer with other types in order_id or code names nothing
	}
	n.orderID, n.code = answer.OrderID, answer.Code
	for i, value := range [...]json.RawMessage{amountMember: answer.Amount, userMember: answer.User, productMember: answer.Product, quantityMember: answer.Quantity, methodMember: answer.Method} {
		n.integers[i] = parseMember(i, value)
	}
	if status, isText := answer.Status.(string); isText {
		n.unfinished = parseStatus([]byte(`"` + status + `"`))
	}
	return n
}

// isObject reports whether body is a JSON object.
func isObject(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) && json.Valid(body)
}

// parseFast is parseReply for an object in plain JSON; false for anything else.
func parseFast(body []byte) (n reply, ok bool) {
	s := jsonScanner{rest: body}
	s.skipSpace()
	if !s.take('{') {
		return n, false
	}
	n.isObject = true
	for first := true; ; first = false {
		s.skipSpace()
		if first && s.take('}') {
			break
		}
		key, ok := s.plainString()
		if !ok || !s.colon() {
			return n, false
		}
		if !n.readMember(key, &s) {
			return n, false
		}
		s.skipSpace()
		if s.take('}') {
			break
		}
		if !s.take(',') {
			return n, false
		}
	}
	s.skipSpace()
	return n, len(s.rest) == 0
}

// readMember reads the value of a member. It is false for what is not plain JSON, and for a
// name that encoding/json might take for another one.
func (n *reply) readMember(key []byte, s *jsonScanner) (ok bool) {
	switch string(key) {
	case "order_id":
		n.orderID, ok = s.name()
	case "code":
		var code string
		code, ok = s.name()
		n.code = Code(code)
	case "status":
		value := s.rest
		if ok = s.skipValue(maxDepth); ok {
			n.unfinished = parseStatus(value[:len(value)-len(s.rest)])
		}
	default:
		member := slices.IndexFunc(integerMembers[:], func(name string) bool { return name == string(key) })
		if member < 0 && mayMatch(key) {
			return false
		}
		value := s.rest
		if ok = s.skipValue(maxDepth); ok && member >= 0 {
			n.integers[member] = parseMember(member, value[:len(value)-len(s.rest)])
		}
	}
	return ok
}

// mayMatch reports whether encoding/json, which ignores case, might take a key for a
// member of a reply.
func mayMatch(key []byte) bool {
	for _, c := range key {
		if c >= utf8.RuneSelf {
			return true
		}
	}
	is := func(name string) bool { return len(key) == len(name) && bytes.EqualFold(key, []byte(name)) }
	return is("order_id") || is("code") || is("status") || slices.ContainsFunc(integerMembers[:], is)
}

// maxDepth is how deep an answer may be nested for the fast path.
const maxDepth = 32

// jsonScanner walks through JSON. Its methods return false for what is not JSON, or
// not plain; the scanner must not be used any further then.
type jsonScanner struct{ rest []byte }

func (s *jsonScanner) skipSpace() {
	for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\n' || s.rest[0] == '\r' || s.rest[0] == '\t') {
		s.rest = s.rest[1:]
	}
}

func (s *jsonScanner) take(c byte) bool {
	if len(s.rest) == 0 || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// colon takes a colon and the space around it.
func (s *jsonScanner) colon() bool {
	s.skipSpace()
	if !s.take(':') {
		return false
	}
	s.skipSpace()
	return true
}

// plainString takes a string without escapes and returns what is between the quotes.
func (s *jsonScanner) plainString() ([]byte, bool) {
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

// name takes a plain string in UTF-8.
func (s *jsonScanner) name() (string, bool) {
	text, ok := s.plainString()
	if !ok || !utf8.Valid(text) {
		return "", false
	}
	return string(text), true
}

// skipValue skips any value.
func (s *jsonScanner) skipValue(depth int) bool {
	if len(s.rest) == 0 || depth == 0 {
		return false
	}
	switch s.rest[0] {
	case '"':
		_, ok := s.plainString()
		return ok
	case '{':
		return s.skipMembers(depth, '}')
	case '[':
		return s.skipMembers(depth, ']')
	case 't':
		return s.skipWord("true")
	case 'f':
		return s.skipWord("false")
	case 'n':
		return s.skipWord("null")
	}
	return s.skipNumber()
}

// skipMembers skips an object or an array, which end with end.
func (s *jsonScanner) skipMembers(depth int, end byte) bool {
	s.rest = s.rest[1:]
	s.skipSpace()
	if s.take(end) {
		return true
	}
	for {
		s.skipSpace()
		if end == '}' {
			if _, ok := s.plainString(); !ok || !s.colon() {
				return false
			}
		}
		if !s.skipValue(depth - 1) {
			return false
		}
		s.skipSpace()
		if s.take(end) {
			return true
		}
		if !s.take(',') {
			return false
		}
	}
}

func (s *jsonScanner) skipWord(w string) bool {
	if len(s.rest) < len(w) || string(s.rest[:len(w)]) != w {
		return false
	}
	s.rest = s.rest[len(w):]
	return true
}

// skipNumber skips a number as RFC 8259 writes it.
func (s *jsonScanner) skipNumber() bool {
	s.take('-')
	if !s.take('0') && !s.skipDigits() {
		return false
	}
	if s.take('.') && !s.skipDigits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.skipDigits()
	}
	return true
}

func (s *jsonScanner) skipDigits() bool {
	n := 0
	for n < len(s.rest) && '0' <= s.rest[n] && s.rest[n] <= '9' {
		n++
	}
	s.rest = s.rest[n:]
	return n > 0
}
