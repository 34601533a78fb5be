package adapters

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// keeping is a value of an answer that later requests need.
type keeping struct {
	name  string
	value value
}

// The longest name of a value that is kept, in bytes, and the most values that a part keeps.
const (
	maxKeepName = 32
	maxKeep     = 100
)

// readKeep reads which values of an answer are kept, and where they stand. again says of which
// names another part may keep a value already.
func (n node) readKeep(s scope, again func(name string) bool) (list []keeping) {
	entries := n.entries()
	switch {
	case n.isMapping() && len(entries) == 0:
		n.fault("keeps nothing, want such as keep: {cart: id}")
	case len(entries) > maxKeep:
		n.fault("has %d values, want at most %d", len(entries), maxKeep)
		return nil
	}
	for _, e := range entries {
		switch {
		case !isName(e.name, maxKeepName):
			e.key.fault("%q is no name of a value, want 1 to %d letters, digits, _ or -", clip(e.name), maxKeepName)
		case n.kept[e.name] && (again == nil || !again(e.name)):
			e.key.fault("%s is kept by %s already: give it another name", e.name, n.keepers[e.name])
		default:
			list = append(list, keeping{e.name, e.node.readValue(s)})
		}
	}
	return list
}

// readKeepOf reads what a request of the purchase keeps, which is the last one or not.
func (n node) readKeepOf(s scope, last bool) []keeping {
	if last && !n.polled {
		n.fault("has no use here: no step and no poll follows that could need it")
	}
	return n.readKeep(s, nil)
}

// isName reports whether a text is a name of at most most letters, digits, underscores and
// hyphens.
func isName(text string, most int) bool {
	return text != "" && len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool {
		return r > 0x7f || !unreserved([]byte{byte(r)}) || r == '.' || r == '~'
	})
}

// keeps notes that a part keeps values, for the parts after it.
func (d *document) keeps(list []keeping) {
	for _, k := range list {
		d.kept[k.name] = true
	}
}

// notKept returns why a value that is kept cannot stand in a place of a scope, "" when it can.
func (n node) notKept(name string, s scope) string {
	keeper := n.keepers[name]
	switch {
	case !s.has(keptVariable):
		return "has no value here: what is kept is of one purchase and its user, and stands in steps, purchase and poll alone"
	case n.kept[name]:
		return ""
	case keeper == "poll":
		return "has no value here: poll alone keeps it. Let the step keep it, too, which may end without a poll"
	case keeper != "":
		return fmt.Sprintf("has no value here: %s keeps it, which comes later", keeper)
	case len(n.kept) == 0:
		return fmt.Sprintf("has no value here: no part before keeps one, such as keep: {%s: id} in login or in an earlier step", clip(name))
	}
	return "is kept by no part, " + proposal(name, n.kept)
}

// keepersOf returns which part of a file keeps a value first, by the name of the value.
func keepersOf(parts map[string]node) map[string]string {
	keepers := map[string]string{}
	note := func(n node, part string) {
		for _, name := range n.namesIn("keep") {
			if keepers[name] == "" {
				keepers[name] = part
			}
		}
	}
	note(parts["login"], "login")
	note(parts["purchase"], "purchase")
	if steps := parts["steps"]; steps.isSequence() {
		for i, item := range steps.items() {
			part := fmt.Sprintf("step %d", i+1)
			if name := item.scalarIn("name"); name != "" {
				part = "step " + name
			}
			note(item, part)
		}
	}
	note(parts["poll"], "poll")
	return keepers
}

// namesIn returns the names of the members of a member of n that is a mapping, if it is there.
func (n node) namesIn(member string) (names []string) {
	if n.document == nil || !n.isMapping() {
		return nil
	}
	for _, e := range n.entries() {
		if e.name == member && e.node.isMapping() {
			for _, kept := range e.node.entries() {
				names = append(names, kept.name)
			}
		}
	}
	return names
}

// scalarIn returns a member of n that is a text, "" for any other one.
func (n node) scalarIn(member string) string {
	if !n.isMapping() {
		return ""
	}
	for _, e := range n.entries() {
		if text, ok := e.node.value.(*ast.StringNode); ok && e.name == member {
			return clip(text.Value)
		}
	}
	return ""
}

// valuesOf returns the values of an answer. The error names the first one that is missing, and
// what is there, of an answer that may have a secret the names of its members alone; the others
// are returned all the same.
func valuesOf(list []keeping, a retry.Attempt, in *inputs, secret bool) (values map[string]string, err error) {
	r := answerOf(a)
	values = make(map[string]string, len(list))
	for i := range list {
		k := &list[i]
		text, wrong := k.value.text(&r, in)
		switch {
		case wrong == nil && text != "":
			values[k.name] = strings.Clone(text)
		case err == nil && wrong == nil:
			err = fmt.Errorf("keep %s: there is none %s in the answer: %s", k.name, k.value.where(), shownAnswer(a, &r, secret))
		case err == nil:
			err = fmt.Errorf("keep %s: %w: %s", k.name, wrong, shownAnswer(a, &r, secret))
		}
	}
	return values, err
}

// where says where a value stands.
func (v *value) where() string {
	text := fmt.Sprintf("at %q", v.path.sample("…"))
	if v.header != "" {
		text = "in the header " + v.header
	}
	if v.after != "" {
		text += fmt.Sprintf(" after %q", v.after)
	}
	if v.before != "" {
		text += fmt.Sprintf(" before %q", v.before)
	}
	return text
}

// hasSecret reports whether a value is kept under the name of a secret.
func hasSecret(list []keeping) bool {
	return slices.ContainsFunc(list, func(k keeping) bool { return purchase.IsSecretName(k.name) })
}

// shownAnswer returns an answer for messages: of one that may have a secret the names of its
// members alone.
func shownAnswer(a retry.Attempt, r *answer, secret bool) string {
	text := fmt.Sprintf("HTTP %d: ", a.Status)
	switch {
	case r.kind == emptyBody:
		return text + "an empty body"
	case !secret:
		return text + clip(string(a.Body))
	case !r.json.IsObject():
		return text + fmt.Sprintf("%d bytes", len(a.Body))
	}
	return text + "an object with " + strings.Join(slices.Sorted(maps.Keys(r.json.Map())), ", ")
}
