package acp

import (
	"fmt"
	"net/http"
	"strings"

	"sagalab/pkg/retry"
)

// emailBody is the update of a checkout to another address of its buyer.
func emailBody(email string) string { return fmt.Sprintf(`{"buyer":{"email":"%s"}}`, email) }

// required sends each POST without a key.
func (k *check) required() {
	k.report.add(k.withoutKey("create", request{path: createPath, body: k.create, id: "key-required"}))
	for _, end := range []struct{ name, suffix, body string }{{"update", "", emailBody("key-required@example.com")}, {"complete", "/complete", k.pay}, {"cancel", "/cancel", "{}"}} {
		id, err := k.open("key-required")
		if err != nil {
			k.report.add(Finding{Name: "key required: " + end.name, Clause: clauseRequired}.unchecked(err.Error()))
			continue
		}
		f := k.withoutKey(end.name, request{path: checkoutPath(id) + end.suffix, body: end.body, id: "key-required"})
		if after := k.get(id); f.Verdict == Holds && (after.body.Get("status").String() == statusCompleted || after.body.Get("status").String() == "canceled") {
			f = f.judged("it was rejected, and done all the same: " + after.String())
		}
		k.report.add(f)
	}
}

// withoutKey sends a request without a key.
func (k *check) withoutKey(name string, q request) Finding {
	got := k.send(q)
	f := Finding{Name: "key required: " + name, Clause: clauseRequired, Sent: "POST " + name + " without a key", Came: got.String()}
	switch {
	case got.failed():
		return f.unchecked("it got no answer to rely on")
	case !got.is(http.StatusBadRequest, codeKeyRequired):
		return f.judged("it is not rejected with HTTP 400 " + codeKeyRequired)
	case got.body.Get("type").String() != "invalid_request":
		return f.judged(fmt.Sprintf("the type of the error is %q", got.body.Get("type").String()))
	}
	return f.judged("")
}

// opaque sends keys of 255 characters, with signs, and in capitals.
func (k *check) opaque() {
	long := strings.Repeat("k", 254-36) + retry.NewKey()
	k.twoKeys("key of 255 characters", "two creates under keys of 255 characters that differ in the last one", long+"1", long+"2")
	capital := "Key-" + retry.NewKey()
	k.twoKeys("key: capitals", "two creates under keys that differ in capital letters", capital, strings.ToUpper(capital))
	sign := retry.NewKey()
	k.twoKeys("key: signs", "two creates under keys with signs, such as /, % and quotes", sign+` !"#$%&'()*+,-./:;<=>?@[\]^_{|}~a`, sign+` !"#$%&'()*+,-./:;<=>?@[\]^_{|}~b`)
}

// twoKeys creates a checkout under each of two keys, and again under the first one.
func (k *check) twoKeys(name, sent, one, other string) {
	f := Finding{Name: name, Clause: clauseOpaque, Sent: sent}
	ask := func(key string) reply {
		return k.send(request{path: createPath, key: key, body: k.create, id: "key-opaque"})
	}
	a, b := ask(one), ask(other)
	again := ask(one)
	f.Came = fmt.Sprintf("%s; %s; the first again: %s", a, b, again)
	switch {
	case a.failed() || b.failed() || again.failed():
		f = f.unchecked("a request got no answer to rely on")
	case !a.ok() || !b.ok():
		f = f.judged("a key is refused that the clause allows" + message(a))
	case a.id() == b.id():
		f = f.judged("two keys are one to the merchant")
	case again.id() != a.id():
		f = f.judged("the key is not known again")
	default:
		f = f.judged("")
	}
	k.report.add(f)
}

// scope sends one key to two endpoints, and to two checkouts.
func (k *check) scope() {
	key := retry.NewKey()
	created := k.send(request{path: createPath, key: key, body: k.create, id: "scope-path"})
	err := k.choose(created, "scope-path")
	done := k.complete(created.id(), key, "scope-path")
	f := Finding{Name: "scope: endpoint", Clause: clauseScope, Sent: "create, and complete of its checkout, under one key", Came: fmt.Sprintf("%s; %s", created, done)}
	switch {
	case err != nil:
		f = f.unchecked(err.Error())
	case !created.ok() || done.failed():
		f = f.unchecked("a request got no answer to rely on")
	case done.isOfKey(), done.differsFrom(created) == "":
		f = f.judged("the key of create is not free at complete")
	case done.order() == "":
		f = f.unchecked("the checkout was not completed")
	default:
		f = f.judged("")
	}
	k.report.add(f)
	k.scopeOfCheckouts()
}

// scopeOfCheckouts completes two checkouts under one key.
func (k *check) scopeOfCheckouts() {
	key := retry.NewKey()
	f := Finding{Name: "scope: checkout", Clause: clauseScope, Sent: "complete of two checkouts under one key, with equal bodies"}
	a, one, err := k.bought(key, "scope-checkout")
	var b string
	if err == nil {
		b, err = k.open("scope-checkout")
	}
	if err != nil {
		k.report.add(f.unchecked(err.Error()))
		return
	}
	other := k.complete(b, key, "scope-checkout")
	f.Came = fmt.Sprintf("%s; %s", one, other)
	switch {
	case other.failed():
		f = f.unchecked("the second got no answer to rely on")
	case other.id() == a || other.order() == one.order():
		f = f.judged("the second checkout got the answer of the first")
	case other.isOfKey():
		f = f.judged("the key of one checkout is not free for another one, whose path differs")
	case other.order() == "":
		f = f.unchecked("the second checkout was not completed")
	default:
		f = f.judged("")
	}
	k.report.add(f)
}

// identity sends one key as two agents.
func (k *check) identity() {
	f := Finding{Name: "scope: identity", Clause: clauseScope, Sent: "two creates under one key and with equal bodies, by two agents"}
	if k.adapter.variables.otherToken == "" {
		k.report.add(f.unchecked("it takes the token of a second agent: set SAGALAB_VAR_other_token"))
		return
	}
	q := request{path: createPath, key: retry.NewKey(), body: k.create, id: "scope-identity"}
	one := k.send(q)
	q.token = k.adapter.variables.otherToken
	other := k.send(q)
	f.Came = fmt.Sprintf("%s; %s", one, other)
	switch {
	case other.isOfKey():
		f = f.judged("the key of one agent is not free for another one")
	case !one.ok() || !other.ok():
		f = f.unchecked("a checkout was not created" + message(other))
	case other.id() == one.id():
		f = f.judged("the second agent got the checkout of the first")
	default:
		f = f.judged("")
	}
	k.report.add(f)
}
