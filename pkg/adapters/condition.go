package adapters

import (
	"slices"
	"strconv"

	"github.com/goccy/go-yaml/ast"
	"github.com/tidwall/gjson"
)

// condition is what must hold of a value in an answer.
type condition struct {
	path   template
	header string // instead of path
	test   test
}

// test is what must hold of a value. The zero value never holds.
type test struct {
	exists, absent bool
	texts          []string // one of these
	null           bool     // or null
	not            bool     // none of these
}

// readConditions reads a mapping of paths to what must hold of their values.
func (n node) readConditions(s scope) (list []condition) {
	for _, e := range n.entries() {
		t, ok := e.key.compilePath(e.name, s)
		if test, is := e.node.readTest(); ok && is {
			list = append(list, condition{path: t, test: test})
		}
	}
	return list
}

// readHeaderConditions reads a mapping of headers to what must hold of their values.
func (n node) readHeaderConditions() (list []condition) {
	for _, e := range n.entries() {
		if !isToken(e.name) {
			e.key.fault("%q is no name of a header", clip(e.name))
			continue
		}
		if test, ok := e.node.readTest(); ok {
			list = append(list, condition{header: e.name, test: test})
		}
	}
	return list
}

// readTest reads what must hold of a value: exists, absent, a value, a list of values, or
// {not: …}, {is: …} with a value or a list.
func (n node) readTest() (t test, ok bool) {
	if n.isMapping() {
		entries := n.entries()
		if len(entries) != 1 || entries[0].name != "is" && entries[0].name != "not" {
			n.fault("want exists, absent, a value, a list of values, {is: …} or {not: …}")
			return t, false
		}
		t.not = entries[0].name == "not"
		return t, t.readValues(entries[0].node)
	}
	if s, isText := n.value.(*ast.StringNode); isText {
		switch s.Value {
		case "exists":
			return test{exists: true}, true
		case "absent":
			return test{absent: true}, true
		}
	}
	return t, t.readValues(n)
}

// readValues reads the values of a test.
func (t *test) readValues(n node) bool {
	for _, item := range n.items() {
		if item.isNull() {
			t.null = true
			continue
		}
		text, ok := item.plain()
		if !ok {
			return false
		}
		t.texts = append(t.texts, text)
	}
	if len(t.texts) == 0 && !t.null {
		n.fault("has no values")
		return false
	}
	return true
}

// holds reports whether a condition holds of a value in JSON.
func (c *condition) holds(json gjson.Result, in *inputs) bool {
	r, path, err := find(json, c.path, in)
	if err != nil {
		return false
	}
	there := r.Exists() && r.Type != gjson.Null && !isEmptyList(r, path)
	switch {
	case c.test.exists:
		return there
	case c.test.absent:
		return !there
	case r.Type == gjson.Null:
		return (c.test.null && r.Exists()) != c.test.not
	}
	return c.test.matches(r.String()) != c.test.not
}

// isEmptyList reports whether a value is a list or an object without elements, or the count
// of a list without elements, which a path that ends in # is.
func isEmptyList(r gjson.Result, path string) bool {
	if path[len(path)-1] == '#' {
		return r.Type == gjson.Number && r.Num == 0
	}
	if r.Type != gjson.JSON {
		return false
	}
	empty := true
	r.ForEach(func(_, _ gjson.Result) bool { empty = false; return false })
	return empty
}

// holdsOfHeader reports whether a condition holds of a header.
func (c *condition) holdsOfHeader(a *answer) bool {
	values := a.header.Values(c.header)
	switch {
	case c.test.exists:
		return len(values) > 0
	case c.test.absent:
		return len(values) == 0
	case len(values) == 0:
		return c.test.null != c.test.not
	}
	return c.test.matches(values[0]) != c.test.not
}

// matches reports whether a text is one of the values, or the same number as one.
func (t *test) matches(text string) bool {
	if slices.Contains(t.texts, text) {
		return true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(t.texts, func(want string) bool {
		w, err := strconv.ParseFloat(want, 64)
		return err == nil && w == f
	})
}
