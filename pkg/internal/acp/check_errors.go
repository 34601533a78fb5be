package acp

import (
	"fmt"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// freshTries is how often a request is repeated that was answered with 5xx, each time beside one
// under a new key.
const freshTries = 5

// serverErrors looks whether an answer of 5xx is kept under its key.
func (k *check) serverErrors() {
	f := Finding{Name: "5xx is not kept", Clause: clauseErrors, Sent: "create of an item that is answered with 5xx, and again under the same key"}
	if k.adapter.settings.failingItem == "" {
		k.report.add(f.unchecked("a client cannot make a merchant fail: name an item whose create is answered with 5xx at first, by the setting failing_item"))
		return
	}
	product, err := purchase.ParseID(k.adapter.settings.failingItem)
	if err != nil {
		k.report.add(f.unchecked(err.Error()))
		return
	}
	one := k.one
	one.ProductID = product
	text, _ := textOf(k.adapter.createBody(one)) // which begin has made once
	q := request{path: createPath, key: retry.NewKey(), body: string(text), id: "server-error"}
	first := k.send(q)
	if first.err != nil || first.at.Status < 500 {
		f.Came = first.String()
		k.report.add(f.unchecked("it was not answered with 5xx"))
		return
	}
	k.report.add(k.repeatedError(f, q, first))
}

// repeatedError repeats a request that was answered with 5xx. One that stays so where those
// under new keys are done is kept; one that is done is not.
func (k *check) repeatedError(f Finding, q request, first reply) Finding {
	fresh := 0
	for range freshTries {
		got := k.settled(q)
		f.Came = fmt.Sprintf("%s; %s", first, got)
		switch {
		case got.at.Replayed && got.at.Status >= 500:
			return f.judged("the answer of 5xx is replayed")
		case got.ok():
			f.Clause = clauseFresh
			return f.judged("")
		case !got.failed():
			f.Clause = clauseFresh
			return f.judged("the retry is neither done nor answered with 5xx")
		}
		other := q
		other.key = retry.NewKey()
		if k.send(other).ok() {
			fresh++
		}
	}
	if fresh == freshTries {
		return f.judged(fmt.Sprintf("the key stays at 5xx, while %d requests under new keys were done", fresh))
	}
	return f.unchecked("it is answered with 5xx under new keys, too: a failure that is kept looks like one that lasts")
}

// retention says what no check can wait for.
func (k *check) retention() {
	f := Finding{Name: "kept for 24 hours", Clause: clauseKept, Sent: "nothing", Free: true}
	k.report.add(f.unchecked("it would take 24 hours"))
}
