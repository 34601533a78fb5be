package purchase

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
)

// AppendJSON appends id as JSON: a number, or a string for a text.
func (id ID) AppendJSON(b []byte) []byte {
	if id <= lastText {
		if text, is := id.text(); is {
			return appendString(b, text)
		}
	}
	return strconv.AppendInt(b, int64(id), 10)
}

// MarshalJSON implements json.Marshaler as AppendJSON does.
func (id ID) MarshalJSON() ([]byte, error) { return id.AppendJSON(nil), nil }

// UnmarshalJSON implements json.Unmarshaler. It reads an integer or a string, as ParseID
// does: "12" is the number 12. The empty string is no id, null changes nothing.
func (id *ID) UnmarshalJSON(value []byte) error {
	switch {
	case string(value) == "null":
		return nil
	case string(value) == `""`:
		*id = 0
		return nil
	}
	read, ok := parseJSONID(value)
	if !ok {
		what := "number " + string(value)
		if !bytes.ContainsAny(value[:1], "-0123456789") {
			what = "value " + string(value)
		}
		return &json.UnmarshalTypeError{Value: what, Type: reflect.TypeFor[ID]()}
	}
	*id = read
	return nil
}

// parseJSONID reads a JSON value, false for one that is no id.
func parseJSONID(value []byte) (ID, bool) {
	if len(value) == 0 {
		return 0, false
	}
	if value[0] != '"' {
		n, err := strconv.ParseInt(string(value), 10, 64)
		if err != nil {
			return 0, false
		}
		return NumberID(n), true
	}
	s := jsonScanner{rest: value}
	text, plain := s.name()
	if plain = plain && len(s.rest) == 0; !plain && json.Unmarshal(value, &text) != nil {
		return 0, false
	}
	id, err := ParseID(text)
	return id, err == nil
}

// MarshalText implements encoding.TextMarshaler, for the keys of maps: the text of id, ""
// for the zero value.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.Text()), nil }

// UnmarshalText implements encoding.TextUnmarshaler: it reads what ParseID does, and "" as
// the zero value.
func (id *ID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = 0
		return nil
	}
	read, err := ParseID(string(text))
	if err == nil {
		*id = read
	}
	return err
}

// MarshalBinary implements encoding.BinaryMarshaler, for encoding/gob, as MarshalText does.
func (id ID) MarshalBinary() ([]byte, error) { return id.MarshalText() }

// UnmarshalBinary implements encoding.BinaryUnmarshaler, as UnmarshalText does.
func (id *ID) UnmarshalBinary(text []byte) error { return id.UnmarshalText(text) }
