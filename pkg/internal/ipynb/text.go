// Package ipynb has what reading Jupyter's notebook files, format 4, needs in more than one place.
package ipynb

import (
	"encoding/json"
	"strings"
)

// Text is a string that a notebook file may hold as a list of lines. The zero value is an empty text.
type Text string

// UnmarshalJSON takes a string or a list of strings. Anything else, such as the object of an application/json output,
// becomes empty and is no error.
func (t *Text) UnmarshalJSON(raw []byte) error {
	*t = ""
	var whole string
	if json.Unmarshal(raw, &whole) == nil {
		*t = Text(whole)
		return nil
	}
	var lines []string
	if json.Unmarshal(raw, &lines) == nil {
		*t = Text(strings.Join(lines, ""))
	}
	return nil
}
