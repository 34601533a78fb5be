package adapters

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sagalab/pkg/purchase"
)

// rule says what the answers mean that meet it.
type rule struct {
	statuses []span // any status when empty
	body     bodyKind
	contains string
	when     []condition
	headers  []condition
	meaning  purchase.Meaning
	word     string // as the file has it
	reason   value
	fixed    string // the reason as a text
}

// span is a range of statuses.
type span struct{ first, last int }

// meanings are the words for meanings beside those of purchase.ParseMeaning.
var meanings = map[string]purchase.Meaning{
	"refused": purchase.MeansDeclined, "try again": purchase.MeansInProgress, pendingWord: purchase.MeansPending, unknownWord: purchase.MeansUnclear, doneWord: purchase.MeansConfirmed,
}

const (
	pendingWord = "pending"
	unknownWord = "unknown"
	doneWord    = "done" // of a step
)

// maxRules bounds the rules of a file.
const maxRules = 1000

// readRules reads the list of rules.
func (n node) readRules(s scope) (list []rule) {
	if !n.isSequence() {
		n.fault("is %s, want a list such as\n    - {http: 2xx, is: confirmed}", kindOf(n.value))
		return nil
	}
	items := n.items()
	switch {
	case len(items) == 0:
		n.fault("has no rules: no purchase would ever be confirmed")
	case len(items) > maxRules:
		n.fault("has %d rules, want at most %d", len(items), maxRules)
		return nil
	}
	for _, item := range items {
		list = append(list, item.readRule(s))
	}
	return list
}

// readRule reads one rule.
func (n node) readRule(s scope) (r rule) {
	is := false
	n.fields(map[string]func(node){
		"http":   func(n node) { r.statuses = n.readStatuses() },
		"body":   func(n node) { n.readBodyKind(&r) },
		"when":   func(n node) { r.when = n.readConditions(s) },
		"header": func(n node) { r.headers = n.readHeaderConditions() },
		"is":     func(n node) { is = true; r.word, r.meaning = n.readMeaning() },
		"reason": func(n node) { n.readReason(&r, s) },
	})
	if !is && n.isMapping() {
		n.fault("has no is: that says what such an answer means, such as is: confirmed")
	}
	if len(r.when) > 0 && r.body != anyBody && r.body != jsonBody {
		n.fault("when: is about JSON: leave body: out")
	}
	return r
}

// readMeaning reads a meaning.
func (n node) readMeaning() (string, purchase.Meaning) {
	text, ok := n.text()
	if !ok {
		return "", purchase.MeansUnclear
	}
	if m, ok := meanings[text]; ok {
		return text, m
	}
	m, err := purchase.ParseMeaning(text)
	if err != nil || m == purchase.MeansNotSent || m == purchase.MeansStepDone {
		known := map[string]bool{}
		for m := purchase.MeansUnclear; m <= purchase.MeansTurnedAway; m++ {
			known[m.String()] = m != purchase.MeansNotSent
		}
		delete(known, purchase.MeansNotSent.String())
		for word := range meanings {
			known[word] = true
		}
		n.fault("%q is no meaning of an answer, %s", clip(text), proposal(text, known))
	}
	return text, m
}

// readReason reads a reason: a text, or where it stands.
func (n node) readReason(r *rule, s scope) {
	if !n.isMapping() {
		r.fixed, _ = n.plain()
		return
	}
	from := false
	r.reason.set = true
	n.fields(map[string]func(node){
		"from":   func(n node) { from = true; r.reason.path = n.gjson(s) },
		"header": func(n node) { r.reason.header = n.headerName() },
		"after":  func(n node) { r.reason.after, _ = n.plain() },
		"before": func(n node) { r.reason.before, _ = n.plain() },
	})
	if from == (r.reason.header != "") {
		n.fault("want {from: path} or {header: name}")
	}
}

// readBodyKind reads what the body must be.
func (n node) readBodyKind(r *rule) {
	if n.isMapping() {
		n.fields(map[string]func(node){"contains": func(n node) { r.contains, _ = n.plain() }})
		if r.contains == "" {
			n.fault("want such as {contains: sold out}")
		}
		return
	}
	text, ok := n.text()
	if r.body = bodyKinds[text]; ok && r.body == anyBody {
		n.fault("%q is no kind of body, want empty, text, json or {contains: a text}", clip(text))
	}
}

// readStatuses reads statuses such as 409, 2xx, 500-599 or a list of these.
func (n node) readStatuses() (list []span) {
	for _, item := range n.items() {
		text, ok := item.text()
		if !ok {
			continue
		}
		s, err := parseStatuses(text)
		if err != nil {
			item.fault("%v", err)
			continue
		}
		list = append(list, s)
	}
	if len(n.items()) == 0 {
		n.fault("has no status")
	}
	return list
}

// parseStatuses reads one range of statuses.
func parseStatuses(text string) (span, error) {
	first, last, isRange := strings.Cut(strings.ToLower(text), "-")
	if digit, is := strings.CutSuffix(first, "xx"); is && !isRange {
		first, last = digit+"00", digit+"99"
	} else if !isRange {
		last = first
	}
	a, err1 := strconv.Atoi(first)
	b, err2 := strconv.Atoi(last)
	if err1 != nil || err2 != nil || a < 100 || b > 599 || a > b {
		return span{}, fmt.Errorf("%q is no HTTP status, want such as 409, 2xx, 500-599 or [429, 503]", clip(text))
	}
	return span{a, b}, nil
}

// isOf reports whether the rule is about answers with a status.
func (r *rule) isOf(status int) bool {
	return len(r.statuses) == 0 || slices.ContainsFunc(r.statuses, func(s span) bool { return status >= s.first && status <= s.last })
}

// meets reports whether an answer meets the rule.
func (r *rule) meets(a *answer, in *inputs) bool {
	if !r.isOf(a.status) {
		return false
	}
	if r.body != anyBody && r.body != a.kind || r.contains != "" && !bytes.Contains(a.body, []byte(r.contains)) {
		return false
	}
	if len(r.when) > 0 && a.kind != jsonBody {
		return false
	}
	for i := range r.when {
		if !r.when[i].holds(a.json, in) {
			return false
		}
	}
	for i := range r.headers {
		if !r.headers[i].holdsOfHeader(a) {
			return false
		}
	}
	return true
}

// reasonOf returns why an answer that meets the rule confirms nothing; "" when the client is
// to say so by the meaning or, where that is not known, by the status.
func (r *rule) reasonOf(a *answer, in *inputs) string {
	switch {
	case r.meaning == purchase.MeansConfirmed:
		return ""
	case r.fixed != "":
		return r.fixed
	case r.reason.set:
		if text, err := r.reason.text(a, in); err == nil && text != "" {
			return strings.Clone(text)
		}
	}
	if r.meaning == purchase.MeansUnclear && a.status >= 200 && a.status < 300 {
		return r.word
	}
	return ""
}
