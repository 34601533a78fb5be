package adapters

import (
	"encoding"
	"fmt"
	"strconv"
)

// appendID appends the text of an id.
func appendID[T ~int64](b []byte, id T) []byte {
	if n := int64(id); n > 0 {
		return strconv.AppendInt(b, n, 10)
	}
	return fmt.Append(b, id)
}

// setID sets an id to what a text says. One that T has no value for leaves it zero, which is
// an id that the service does not show.
func setID[T ~int64](to *T, text string) {
	if u, ok := any(to).(encoding.TextUnmarshaler); ok {
		if u.UnmarshalText([]byte(text)) != nil {
			*to = 0
		}
		return
	}
	n, _ := strconv.ParseInt(text, 10, 64)
	*to = T(n)
}
