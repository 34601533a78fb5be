package purchase

import (
	"encoding/json"

	"github.com/tidwall/gjson"
)

// maxQuickJSON is the largest text, in bytes, that gjson may check: it calls itself for each
// bracket, so that a long text of brackets would be the end of the process.
const maxQuickJSON = 64 << 10

// ValidJSON reports whether the body of an answer is JSON. What is nested deeper than
// encoding/json reads, 10000 brackets, is none in a body of more than 64 KiB.
func ValidJSON(body []byte) bool {
	if len(body) > maxQuickJSON {
		return json.Valid(body)
	}
	return gjson.ValidBytes(body)
}
