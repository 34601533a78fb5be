package adapters

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// readBuying reads the parts of a file that say how a purchase is made: login, then the purchase
// or its steps, then poll. Each can use what the ones before it keep.
func (f *File) readBuying(parts map[string]node, all []header) {
	for _, n := range parts {
		n.keepers, n.kept = keepersOf(parts), map[string]bool{}
		_, n.polled = parts["poll"]
		break // they are of one document
	}
	if n, is := parts["login"]; is {
		f.login = n.readLogin(all)
		n.keeps(f.login.keep)
	}
	one, isOne := parts["purchase"]
	steps, are := parts["steps"]
	switch {
	case isOne && are:
		steps.fault("the file has a purchase, too: want one of them, purchase for one request and steps for several")
		fallthrough
	case isOne:
		f.readSteps([]node{one}, all)
	case are:
		if items := steps.stepItems(); items != nil {
			f.readSteps(items, all)
		}
	}
	if n, is := parts["poll"]; is {
		f.readPoll(n, all)
	}
	f.readUnasked()
	f.readUnrenewed()
	f.readUnsettled()
}

// stepItems returns the steps of a list of them, nil with a fault for anything else.
func (n node) stepItems() []node {
	if !n.isSequence() {
		n.fault("is %s, want a list such as\n  steps:\n    - {name: cart, send: POST /carts, keep: {cart: id}}", kindOf(n.value))
		return nil
	}
	items := n.items()
	switch {
	case len(items) == 0:
		n.fault("has no steps: want one or more, each with a name and what it sends")
	case len(items) > purchase.MaxSteps:
		n.fault("has %d steps, want at most %d", len(items), purchase.MaxSteps)
		return nil
	}
	return items
}

// readSteps reads the requests of a purchase. Afterwards the document has what is known when the
// first one of them can be pending: that is when it is asked after.
func (f *File) readSteps(items []node, all []header) {
	d := items[0].document
	kept, orders, pending := d.kept, d.orders, false
	for i, n := range items {
		b := n.readBuying(all, n.isItem(), i == len(items)-1)
		if b.name != "" && slices.ContainsFunc(f.steps, func(other buying) bool { return other.name == b.name }) {
			n.fault("there are two steps with the name %s", b.name)
		}
		d.keeps(b.keep)
		d.orders = d.orders || b.order.set
		if f.steps = append(f.steps, b); b.canPend() && !pending {
			kept, orders, pending = maps.Clone(d.kept), d.orders, true
		}
	}
	if pending {
		d.kept, d.orders = kept, orders
	}
}

// isItem reports whether n is an element of a list.
func (n node) isItem() bool { return len(n.path) > 0 && n.path[len(n.path)-1] == ']' }

// canPend reports whether an answer can mean that the service has not ended.
func (b *buying) canPend() bool {
	return slices.ContainsFunc(b.rules, func(r rule) bool { return r.meaning == purchase.MeansPending })
}

// callScope returns which values a part of the purchase can have.
func (n node) callScope() scope {
	if n.orders {
		return laterScope
	}
	return callScope
}

// readStepName reads the name of a step.
func (n node) readStepName() string {
	text, ok := n.plain()
	if ok && !isName(text, purchase.MaxStepName) {
		n.fault("%q is no name of a step, want 1 to %d letters, digits, _ or -", clip(text), purchase.MaxStepName)
		return "?"
	}
	return text
}

// readPoll reads how accepted purchases are asked after.
func (f *File) readPoll(n node, all []header) {
	f.poll = n.readPoll(all)
	if len(f.steps) > 0 && !slices.ContainsFunc(f.steps, func(b buying) bool { return b.canPend() }) {
		n.fault("nothing would ever be asked after: no rule of means says pending, such as {http: 2xx, when: {status: PENDING}, is: pending}")
	}
}

// readUnasked makes answers that are pending unknown where the service cannot be asked after
// them. They are sent again only where the retry policy says so.
func (f *File) readUnasked() {
	if f.poll != nil {
		return
	}
	for _, b := range f.steps {
		for i := range b.rules {
			if b.rules[i].meaning == purchase.MeansPending {
				b.rules[i].meaning = purchase.MeansUnclear
				f.hints = append(f.hints, fmt.Sprintf("%s: an answer that is pending is taken for unknown, and sent again only if the retry policy finds it temporary: the file has no poll:", b.part()))
			}
		}
	}
	f.hints = slices.Compact(f.hints)
}

// readUnrenewed finds rules by which a user whose login has expired is refused.
func (f *File) readUnrenewed() {
	for _, b := range f.steps {
		i := slices.IndexFunc(b.rules, func(r rule) bool {
			return r.meets(&answer{status: http.StatusUnauthorized, kind: emptyBody}, &inputs{})
		})
		if f.login != nil && i >= 0 && b.rules[i].meaning.IsDefinite() {
			f.hints = append(f.hints, fmt.Sprintf("%s: a rule says that HTTP 401 is %s, so that a user whose login has expired does not log in again: put {http: 401, is: turned_away} before it", b.part(), b.rules[i].word))
		}
	}
}

// readUnsettled finds steps whose rules cannot settle an answer of 200 to a poll.
func (f *File) readUnsettled() {
	if f.poll == nil || f.poll.rules != nil {
		return
	}
	for _, b := range f.steps {
		settles := func(r rule) bool { return r.meaning.IsDefinite() && r.isOf(http.StatusOK) }
		if b.canPend() && !slices.ContainsFunc(b.rules, settles) {
			f.hints = append(f.hints, fmt.Sprintf("%s: no rule settles an answer of HTTP 200 to the poll, whose answers are read by these rules: give the poll means: of its own", b.part()))
		}
	}
}

// step returns a step by its name, the first one for "", and nil when there is none.
func (f *File) step(name string) *buying {
	if name == "" {
		return &f.steps[0]
	}
	for i := range f.steps {
		if f.steps[i].name == name {
			return &f.steps[i]
		}
	}
	return nil
}

// reading returns how the answer to a call is read.
func (f *File) reading(c purchase.Call) *buying {
	b := f.step(c.Step)
	if !c.Poll || f.poll == nil || b == nil {
		return b
	}
	if f.poll.rules != nil {
		return &f.poll.buying
	}
	mixed := *b // the rules of the step
	if f.poll.order.set {
		mixed.order = f.poll.order
	}
	if f.poll.amount.set {
		mixed.amount = f.poll.amount
	}
	return &mixed
}

// Steps implements purchase.Stepper: nil for a file with a part purchase.
func (f *File) Steps() []string {
	if len(f.steps) == 0 || f.steps[0].name == "" {
		return nil
	}
	names := make([]string, len(f.steps))
	for i := range f.steps {
		names[i] = f.steps[i].name
	}
	return names
}

// Keep implements purchase.ValueKeeper. A value that is missing is an error where the step is done
// and others follow; an answer that is pending may lack it, and that to a poll may have it.
func (f *File) Keep(c purchase.Call, a retry.Attempt) (map[string]string, error) {
	b := f.step(c.Step)
	if b == nil {
		return nil, nil
	}
	list := b.keep
	if c.Poll && f.poll != nil {
		list = f.poll.keep
	}
	if len(list) == 0 {
		return nil, nil
	}
	values, err := valuesOf(list, a, &inputs{call: c}, hasSecret(list))
	if err == nil || c.Poll || b.last || b.read(c, a).Meaning == purchase.MeansPending {
		return values, nil
	}
	return nil, f.in(b.part(), err)
}

// Hints returns what a file says that does not do what it seems to do; nil when there is nothing.
func (f *File) Hints() []string { return slices.Clone(f.hints) }
