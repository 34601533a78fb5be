package adapters

import (
	"errors"
	"fmt"
	"strings"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// buying is how a purchase is sent, or a step of it, and how its answers are read.
type buying struct {
	name    string // of a step
	request request
	keys    string // one of the words for keys
	order   value
	amount  value
	rules   []rule
	keep    []keeping
	last    bool // no step follows
}

// part names the part of a file, for messages.
func (b *buying) part() string {
	if b.name == "" {
		return "purchase"
	}
	return "step " + b.name
}

// The words for keys.
const (
	keyRequired = "required"
	keyOptional = "optional"
	keyNone     = "none"
)

// readBuying reads the part purchase of a file, or one of its steps, which is the last one or not.
func (n node) readBuying(all []header, isStep, last bool) (b buying) {
	scope, b := n.callScope(), buying{last: last}
	r := requestReader{scope: scope, node: n}
	var key *node
	rules := false
	known := map[string]func(node){
		"send":   r.readAddress,
		"key":    func(n node) { key = &n },
		"order":  func(n node) { b.order = n.readValue(scope) },
		"amount": func(n node) { b.amount = n.readValue(scope) },
		"means":  func(n node) { rules = true; b.rules = n.readRules(scope) },
		"keep":   func(n node) { b.keep = n.readKeepOf(scope, last) },
	}
	if isStep {
		known["name"] = func(n node) { b.name = n.readStepName() }
	}
	n.fields(r.fields(known))
	r.headers = withDefaults(all, r.headers)
	if b.request = r.finish(); n.isMapping() {
		if isStep && b.name == "" {
			n.fault("has no name: that is what tables call the step, such as name: cart")
		}
		if !r.set {
			n.fault("has no send: that says what %s is, such as send: POST /orders", what(isStep))
		}
		if !rules && last {
			n.fault("has no means: that says what answers mean, such as\n    means:\n      - {http: 2xx, is: confirmed}")
		}
	}
	if !rules {
		b.rules = []rule{{statuses: []span{{200, 299}}, word: doneWord, meaning: purchase.MeansConfirmed}}
	}
	b.keys = n.readKeys(key, b.request.has(keyVariable))
	return b
}

// what names what a request is for, for messages.
func what(isStep bool) string {
	if isStep {
		return "the step"
	}
	return "a purchase"
}

// readKeys reads under which keys purchases are sent. used says whether one stands in the
// request.
func (n node) readKeys(key *node, used bool) string {
	if key == nil {
		if used {
			return keyOptional
		}
		return keyNone
	}
	text, ok := key.text()
	switch {
	case !ok:
	case text != keyRequired && text != keyOptional && text != keyNone:
		key.fault("%q is unknown, want required, optional or none", clip(text))
	case text == keyNone && used:
		key.fault("is none, but {{.Key}} stands in the request: remove one of them")
	case text != keyNone && !used:
		key.fault("is %s, but {{.Key}} stands nowhere in the request: put it where the service reads it, such as header: {Idempotency-Key: \"{{.Key}}\"}", text)
	}
	return text
}

// send returns what is sent for a call.
func (b *buying) send(c purchase.Call) (retry.Request, error) {
	switch {
	case b.keys == keyNone:
		c.Key = ""
	case b.keys == keyRequired && c.Key == "":
		return retry.Request{}, fmt.Errorf("a purchase without a key: the service requires one (key: %s)", keyRequired)
	}
	in := inputs{call: c}
	return b.request.build(&in)
}

// read says what the answer to a call means: by the first rule that it meets.
func (b *buying) read(c purchase.Call, a retry.Attempt) (out purchase.Answer) {
	in, r := inputs{call: c}, answerOf(a)
	for i := range b.rules {
		if !b.rules[i].meets(&r, &in) {
			continue
		}
		rule := &b.rules[i]
		out.Meaning, out.Reason = rule.meaning, rule.reasonOf(&r, &in)
		if rule.word != unknownWord {
			b.readNames(&out, &r, &in)
		}
		return out
	}
	return out
}

// readNames reads which order an answer names, and its amount.
func (b *buying) readNames(out *purchase.Answer, r *answer, in *inputs) {
	if b.order.set {
		id, _ := b.order.text(r, in)
		out.OrderID = strings.Clone(id)
	}
	if b.amount.set && r.status >= 200 && r.status < 300 {
		out.Amount, _ = b.amount.number(r, in)
	}
}

// checkAmount returns why the amount of an answer cannot be read.
func (b *buying) checkAmount(c purchase.Call, a retry.Attempt) error {
	if !b.amount.set || a.Class != "" || !a.OK() {
		return nil
	}
	in, r := inputs{call: c}, answerOf(a)
	_, err := b.amount.number(&r, &in)
	if errors.Is(err, errNone) {
		err = errors.New("there is none in the answer: change the path, or leave amount: out")
	}
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	return nil
}
