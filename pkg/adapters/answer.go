package adapters

import (
	"bytes"
	"net/http"
	"unsafe"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// bodyKind is what the body of an answer is.
type bodyKind uint8

const (
	anyBody bodyKind = iota
	emptyBody
	textBody
	jsonBody
)

var bodyKinds = map[string]bodyKind{"empty": emptyBody, "text": textBody, "json": jsonBody}

// answer is an answer that is read. Of one that is no JSON json is the zero value.
type answer struct {
	status int
	header http.Header
	body   []byte
	kind   bodyKind
	json   gjson.Result
}

// answerOf returns the answer that an attempt got. Texts in its JSON are the bytes of the
// attempt's body, which nothing changes: one that is kept longer than the answer is cloned.
func answerOf(a retry.Attempt) answer {
	r := answer{status: a.Status, header: a.Header, body: a.Body, kind: textBody}
	switch {
	case len(bytes.TrimSpace(a.Body)) == 0:
		r.kind = emptyBody
	case purchase.ValidJSON(a.Body):
		r.kind, r.json = jsonBody, gjson.Parse(unsafe.String(&a.Body[0], len(a.Body)))
	}
	return r
}
