package acp

import (
	"fmt"
	"net/http"
	"strings"

	"sagalab/pkg/retry"
)

// variation is a second body that is sent under the key of a first one.
type variation struct {
	name   string
	clause Clause
	sent   string
	second string // the member metadata of the second body; the first has plainMetadata
	last   bool   // it stands last in the second body, else first
	same   bool   // by the clause
}

// plainMetadata is the member metadata of the first body.
const plainMetadata = `{"number":1,"list":["x","y"],"text":"a b"}`

// variations are the second bodies.
var variations = []variation{
	{"equal: order of members", clauseOrder, "its members in another order", `{"text":"a b","list":["x","y"],"number":1}`, true, true},
	{"equal: 1.0 and 1", clauseNumbers, "a number as 1.0 in place of 1", `{"number":1.0,"list":["x","y"],"text":"a b"}`, false, true},
	{"equal: spaces and escapes", clauseEquality, "other spaces, and an escaped letter", `{ "number": 1, "list": [ "x", "y" ], "text": "\u0061 b" }`, false, true},
	{"different: null", clauseNull, "one more member, which is null", `{"number":1,"list":["x","y"],"text":"a b","more":null}`, false, false},
	{"different: order of an array", clauseArrays, "an array in another order", `{"number":1,"list":["y","x"],"text":"a b"}`, false, false},
	{"different: number", clauseConflict, "another number", `{"number":2,"list":["x","y"],"text":"a b"}`, false, false},
}

// withMember returns a body with one more member, as the first or as the last one.
func withMember(body, name, value string, last bool) string {
	if last {
		return strings.TrimSuffix(body, "}") + fmt.Sprintf(`,"%s":%s}`, name, value)
	}
	return fmt.Sprintf(`{"%s":%s,`, name, value) + strings.TrimPrefix(body, "{")
}

// equality sends creates whose bodies differ in ways that count, and in ways that do not.
func (k *check) equality() {
	first := withMember(k.create, "metadata", plainMetadata, false)
	for _, v := range variations {
		second := withMember(k.create, "metadata", v.second, v.last)
		k.report.add(k.compared(Finding{Name: v.name, Clause: v.clause, Sent: "create, and again under its key with " + v.sent}, first, second, v.same))
	}
	k.otherHeaders()
}

// compared sends two bodies under one key, of which the second is the same by the clause or
// another one.
func (k *check) compared(f Finding, first, second string, same bool) Finding {
	q := request{path: createPath, key: retry.NewKey(), body: first, id: "equality"}
	original := k.send(q)
	q.body = second
	got := k.send(q)
	f.Came = fmt.Sprintf("%s; %s", original, got)
	switch {
	case !original.ok():
		return f.unchecked("the merchant does not take the first body" + message(original))
	case got.failed():
		return f.unchecked("the second got no answer to rely on")
	case same:
		return f.judged(replayFault(got, original))
	}
	return f.judged(conflictFault(got, original))
}

// replayFault says why an answer is not the replay that it has to be, "" when it is.
func replayFault(got, original reply) string {
	if got.is(http.StatusUnprocessableEntity, codeConflict) {
		return "bodies that are equal are taken for different ones"
	}
	return got.differsFrom(original)
}

// conflictFault says why an answer is not the refusal of another body under a used key.
func conflictFault(got, original reply) string {
	switch {
	case got.ok() && got.differsFrom(original) == "":
		return "a different body is answered as the original"
	case got.ok():
		return "a different body under the key is done, too"
	case !got.is(http.StatusUnprocessableEntity, codeConflict):
		return "it is not refused with HTTP 422 " + codeConflict
	case got.body.Get("type").String() != "invalid_request":
		return fmt.Sprintf("the type of the error is %q", got.body.Get("type").String())
	}
	return ""
}

// otherHeaders sends one body twice, with other headers.
func (k *check) otherHeaders() {
	q := request{path: createPath, key: retry.NewKey(), body: k.create, id: "equality-headers-1", language: "en-US"}
	original := k.send(q)
	q.id, q.language = "equality-headers-2", "de-DE"
	got := k.send(q)
	f := Finding{Name: "equal: headers", Clause: clauseEquality, Sent: "create, and again under its key with another Request-Id and Accept-Language", Came: fmt.Sprintf("%s; %s", original, got)}
	if original.failed() || got.failed() {
		k.report.add(f.unchecked("a request got no answer to rely on"))
		return
	}
	k.report.add(f.judged(replayFault(got, original)))
}

// extension sends other codes of the extension of discounts under one key.
func (k *check) extension() {
	f := Finding{Name: "different: extension", Clause: clauseExtends, Sent: "create, and again under its key with other codes of the extension discount"}
	if !k.extends {
		k.report.add(f.unchecked("the merchant has the extension discount not active"))
		return
	}
	first := withMember(k.create, "discounts", `{"codes":["A"]}`, true)
	second := withMember(k.create, "discounts", `{"codes":["B"]}`, true)
	k.report.add(k.compared(f, first, second, false))
}
