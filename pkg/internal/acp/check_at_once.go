package acp

import (
	"fmt"
	"sync"

	"sagalab/pkg/retry"
)

// pair are two requests that are sent at once, and what comes of one more after both.
type pair struct {
	one, other, again reply
}

// both sends two requests at once, and then the first again until it is answered.
func (k *check) both(a, b request) (p pair) {
	begin := make(chan struct{})
	var sent sync.WaitGroup
	for _, s := range []struct {
		q   request
		got *reply
	}{{a, &p.one}, {b, &p.other}} {
		sent.Go(func() {
			<-begin
			*s.got = k.send(s.q)
		})
	}
	close(begin)
	sent.Wait()
	a.id = "after-" + a.id
	p.again = k.settled(a)
	return p
}

// underOneKey returns two requests with one key and one body, named as what is sent at once.
func underOneKey(q request) (request, request) {
	name := "two-at-once-" + retry.NewKey()
	a, b := q, q
	a.id, b.id = name+"/1", name+"/2"
	return a, b
}

// pairsFound sums up pairs under one key.
type pairsFound struct {
	twice, inFlight, without, failed, otherwise int // pairs
	broken                                      string
}

// atOnce sends pairs under one key to create and to complete.
func (k *check) atOnce() {
	created := k.pairsOf("create", func() (request, error) {
		return request{path: createPath, key: retry.NewKey(), body: k.create}, nil
	})
	completed := k.pairsOf("complete", func() (request, error) {
		id, err := k.open("open")
		return request{path: checkoutPath(id) + "/complete", key: retry.NewKey(), body: k.pay}, err
	})
	k.retryAfter(created, completed)
}

// pairsOf sends the pairs to one endpoint and adds the finding.
func (k *check) pairsOf(name string, next func() (request, error)) *pairsFound {
	found := &pairsFound{}
	f := Finding{Name: "two at once: " + name, Clause: clauseInFlight, Sent: fmt.Sprintf("%d times %s twice at once under one key, and again after both", k.pairs, name)}
	for range k.pairs {
		q, err := next()
		if err != nil {
			k.report.add(f.unchecked(err.Error()))
			return found
		}
		found.add(k.both(underOneKey(q)))
	}
	f.Came = fmt.Sprintf("%d pairs with one answer twice, %d with one in flight (409)", found.twice, found.inFlight)
	if found.otherwise > 0 {
		f.Came += fmt.Sprintf(", %d otherwise", found.otherwise)
	}
	if found.failed > 0 {
		f.Came += fmt.Sprintf(", %d without an answer to rely on", found.failed)
	}
	if f = f.judged(found.broken); found.broken == "" && found.failed > 0 {
		f = f.unchecked("not every pair got answers to rely on")
	}
	k.report.add(f)
	return found
}

// add counts a pair.
func (f *pairsFound) add(p pair) {
	done, late := p.one, p.other
	if !done.ok() {
		done, late = late, done
	}
	why := pairFault(done, late, p.again)
	switch {
	case done.failed() || late.failed() || p.again.failed():
		f.failed++
	case why != "":
		f.otherwise++
	case late.ok():
		f.twice++
	default:
		f.inFlight++
		if _, says := late.retryAfter(); !says {
			f.without++
		}
	}
	if why != "" && f.broken == "" {
		f.broken = fmt.Sprintf("%s: %s; %s; again: %s", why, p.one, p.other, p.again)
	}
}

// pairFault says how the answers to two requests at once under one key break the clause, "" when
// they do not: both are the same, or late says that the original is in flight; and so is the answer
// to the same request after both.
func pairFault(done, late, again reply) string {
	switch {
	case !done.ok():
		if done.failed() || late.failed() {
			return ""
		}
		return "neither of two is done"
	case late.ok() && (late.id() != done.id() || late.order() != done.order()):
		return "one key did it twice"
	case late.ok() && late.differsFrom(done) != "":
		return late.differsFrom(done)
	case !late.ok() && !late.failed() && !late.inFlight():
		return "a request while the original was in flight is neither answered as that nor with 409 " + codeInFlight
	}
	if why := again.differsFrom(done); why != "" && !again.failed() {
		return "asked again after both: " + why
	}
	return ""
}

// retryAfter adds whether answers to requests in flight said when to come back.
func (k *check) retryAfter(found ...*pairsFound) {
	inFlight, without := 0, 0
	for _, f := range found {
		inFlight, without = inFlight+f.inFlight, without+f.without
	}
	f := Finding{Name: "in flight: Retry-After", Clause: clauseWait, Sent: "the pairs above", Came: fmt.Sprintf("%d answers of 409, %d of them without", inFlight, without), Free: true}
	switch {
	case inFlight == 0:
		f = f.unchecked("no request was answered with 409: the merchant answers both, or is too fast to be met in flight")
	case without > 0:
		f.Verdict, f.Why = Missed, "answers of 409 do not say when to come back"
	default:
		f.Verdict = Holds
	}
	k.report.add(f)
}

// oneOrder completes checkouts under two keys: one after the other, and at once.
func (k *check) oneOrder() {
	f := Finding{Name: "one order: another key", Clause: clauseOneOrder, Sent: "complete twice under two keys"}
	if id, original, err := k.bought(retry.NewKey(), "one-order"); err != nil {
		k.report.add(f.unchecked(err.Error()))
	} else {
		got := k.complete(id, retry.NewKey(), "one-order")
		after := k.get(id)
		f.Came = fmt.Sprintf("%s; %s; read: %s", original, got, after)
		if f = f.judged(otherOrder(original, got, after)); f.Verdict == Holds && !after.ok() {
			f = f.unchecked("the checkout could not be read")
		}
		k.report.add(f)
	}
	k.oneOrderAtOnce()
}

// otherOrder says that a checkout has more than one order, "" when not.
func otherOrder(original reply, later ...reply) string {
	for _, r := range later {
		if r.order() != "" && r.order() != original.order() {
			return fmt.Sprintf("one checkout has the orders %s and %s", shortened(original.order()), shortened(r.order()))
		}
	}
	return ""
}

// oneOrderAtOnce completes checkouts at once under two keys.
func (k *check) oneOrderAtOnce() {
	f := Finding{Name: "one order: two keys at once", Clause: clauseOneOrder, Sent: fmt.Sprintf("%d times complete twice at once under two keys, then read", k.pairs)}
	done, broken := 0, ""
	for range k.pairs {
		id, err := k.open("one-order")
		if err != nil {
			k.report.add(f.unchecked(err.Error()))
			return
		}
		a, b := underOneKey(request{path: checkoutPath(id) + "/complete", body: k.pay})
		a.key, b.key = retry.NewKey(), retry.NewKey()
		p := k.both(a, b)
		if p.one.order() == "" {
			p.one, p.other = p.other, p.one
		}
		if p.one.order() != "" {
			done++
		}
		if why := otherOrder(p.one, p.other, p.again, k.get(id)); why != "" && p.one.order() != "" && broken == "" {
			broken = why
		}
	}
	f.Came = fmt.Sprintf("%d checkouts with an order", done)
	if done < k.pairs && broken == "" {
		k.report.add(f.unchecked(fmt.Sprintf("%d checkouts got no order from either", k.pairs-done)))
		return
	}
	k.report.add(f.judged(broken))
}
