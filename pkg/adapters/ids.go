package adapters

import (
	"strconv"

	"sagalab/pkg/purchase"
)

// appendID appends the text of an id.
func appendID(b []byte, id purchase.ID) []byte {
	if n, is := id.Number(); is {
		return strconv.AppendInt(b, n, 10)
	}
	return append(b, id.String()...)
}

// idOf returns the id that a text is. What is none, such as "", is the zero value: an id that
// the service does not show.
func idOf(text string) purchase.ID {
	id, err := purchase.ParseID(text)
	if err != nil {
		return 0
	}
	return id
}
