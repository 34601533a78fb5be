package acp

import (
	"fmt"

	"sagalab/pkg/retry"
)

// replay creates a checkout again: at once, and after it has been completed.
func (k *check) replay() {
	q := request{path: createPath, key: retry.NewKey(), body: k.create, id: "replay-create"}
	original := k.send(q)
	got := k.send(q)
	f := Finding{Name: "replay: create", Clause: clauseReplay, Sent: "create twice under one key", Came: fmt.Sprintf("%s; %s", original, got)}
	if original.failed() || got.failed() {
		k.report.add(f.unchecked("a request got no answer to rely on"))
		return
	}
	f = f.judged(got.differsFrom(original))
	k.report.add(f)
	k.replayedHeader(got, f.Verdict == Holds)
	chosen := k.choose(original, "replay-create")
	done := k.complete(original.id(), retry.NewKey(), "replay-create")
	later := k.send(q)
	f = Finding{Name: "replay: create, after complete", Clause: clauseReplay, Sent: "create, complete, and the create again", Came: fmt.Sprintf("%s; %s; %s", original, done, later)}
	if chosen != nil || !done.ok() || later.failed() {
		k.report.add(f.unchecked("a request got no answer to rely on"))
		return
	}
	k.report.add(f.judged(later.differsFrom(original)))
}

// replayedHeader looks for the header of a replay.
func (k *check) replayedHeader(got reply, replayed bool) {
	f := Finding{Name: "replay: header", Clause: clauseReplayed, Sent: "create twice under one key", Came: "Idempotent-Replayed: " + got.at.Header.Get("Idempotent-Replayed"), Free: true}
	switch {
	case !replayed:
		f = f.unchecked("nothing was replayed")
	case !got.at.Replayed:
		f.Verdict, f.Why = Missed, "the replay does not have the header"
	default:
		f.Verdict = Holds
	}
	k.report.add(f)
}

// replayUpdate updates a checkout, updates it otherwise, and repeats the first.
func (k *check) replayUpdate() {
	f := Finding{Name: "replay: update", Clause: clauseUpdate, Sent: "an update, another one under another key, and the first again"}
	id, err := k.open("replay-update")
	if err != nil {
		k.report.add(f.unchecked(err.Error()))
		return
	}
	first := request{path: checkoutPath(id), key: retry.NewKey(), body: emailBody("first@example.com"), id: "replay-update"}
	second := request{path: checkoutPath(id), key: retry.NewKey(), body: emailBody("second@example.com"), id: "replay-update"}
	original, other := k.send(first), k.send(second)
	before := k.get(id)
	got := k.send(first)
	after := k.get(id)
	f.Came = fmt.Sprintf("%s; %s; %s", original, other, got)
	switch {
	case !original.ok() || !other.ok() || got.failed():
		f = f.unchecked("an update was not done")
	case got.differsFrom(original) != "":
		f = f.judged(got.differsFrom(original))
	case before.ok() && after.ok() && before.body.Get("buyer.email").String() != after.body.Get("buyer.email").String():
		f.Clause = clauseEffects
		f = f.judged("the first update was done once more: it replaced the second one")
	default:
		f = f.judged("")
	}
	k.report.add(f)
}

// replayComplete completes a checkout twice under one key.
func (k *check) replayComplete() {
	key := retry.NewKey()
	f := Finding{Name: "replay: complete", Clause: clauseReplay, Sent: "complete twice under one key"}
	id, original, err := k.bought(key, "replay-complete")
	if err != nil {
		k.report.add(f.unchecked(err.Error()))
		return
	}
	got := k.complete(id, key, "replay-complete")
	f.Came = fmt.Sprintf("%s; %s", original, got)
	if got.failed() {
		k.report.add(f.unchecked("the repeat got no answer to rely on"))
		return
	}
	k.report.add(f.judged(got.differsFrom(original)))
	after := k.get(id)
	g := Finding{Name: "replay: one order", Clause: clauseEffects, Sent: "complete twice under one key, then read", Came: fmt.Sprintf("%s; read: %s", got, after)}
	switch {
	case !after.ok():
		g = g.unchecked("the checkout could not be read")
	case after.order() != original.order() || got.order() != "" && got.order() != original.order():
		g = g.judged("the repeat made another order than " + shortened(original.order()))
	default:
		g = g.judged("")
	}
	k.report.add(g)
}

// conflict sends other bodies under used keys.
func (k *check) conflict() {
	key := retry.NewKey()
	q := request{path: createPath, key: key, body: k.create, id: "conflict-create"}
	original := k.send(q)
	other := k.one.OtherQuantity()
	text, _ := textOf(k.adapter.createBody(other)) // which begin has made once
	q.body = string(text)
	got := k.send(q)
	q.body = k.create
	again := k.send(q)
	f := Finding{Name: "conflict: create", Clause: clauseConflict, Sent: "create, another quantity under its key, and the first again", Came: fmt.Sprintf("%s; %s; %s", original, got, again)}
	if original.failed() || got.failed() || again.failed() {
		k.report.add(f.unchecked("a request got no answer to rely on"))
	} else if why := conflictFault(got, original); why != "" {
		k.report.add(f.judged(why))
	} else {
		f.Clause = clauseReplay
		why = again.differsFrom(original)
		if why == "" {
			f.Clause = clauseConflict
		}
		k.report.add(f.judged(why))
	}
	k.conflictOfComplete()
}

// conflictOfComplete completes a checkout with another body under the same key.
func (k *check) conflictOfComplete() {
	key := retry.NewKey()
	f := Finding{Name: "conflict: complete", Clause: clauseConflict, Sent: "complete, and with another buyer under its key"}
	id, original, err := k.bought(key, "conflict-complete")
	if err != nil {
		k.report.add(f.unchecked(err.Error()))
		return
	}
	body := k.adapter.completeBody(k.one, k.handler)
	body.Buyer.LastName = "Other"
	text, _ := textOf(body)
	got := k.send(request{path: checkoutPath(id) + "/complete", key: key, body: string(text), id: "conflict-complete"})
	f.Came = fmt.Sprintf("%s; %s", original, got)
	if got.failed() {
		k.report.add(f.unchecked("it got no answer to rely on"))
		return
	}
	k.report.add(f.judged(conflictFault(got, original)))
}
