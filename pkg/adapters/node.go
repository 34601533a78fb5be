package adapters

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sagalab/pkg/internal/spelling"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// node is a value in a file.
type node struct {
	*document
	value ast.Node
	at    *token.Token // where it stands
	path  string
}

// entry is a member of a mapping.
type entry struct {
	name string
	key  node // for problems with the name
	node
}

// fault notes what is wrong with n.
func (n node) fault(format string, args ...any) {
	p := Problem{Line: 1, Column: 1, Path: n.path, Text: fmt.Sprintf(format, args...)}
	if n.at != nil && n.at.Position != nil {
		p.Line, p.Column = n.at.Position.Line, n.at.Position.Column
	}
	n.problems = append(n.problems, p)
}

// child returns a value in n.
func (n node) child(value ast.Node, path string) node {
	c := node{n.document, value, n.at, path}
	if value != nil && value.GetToken() != nil {
		c.at = value.GetToken()
	}
	if m, ok := value.(*ast.MappingValueNode); ok && m.Key != nil { // its token is the colon
		c.at = m.Key.GetToken()
	}
	return c
}

// isMapping reports whether n is a mapping.
func (n node) isMapping() bool {
	_, ok := n.value.(ast.MapNode)
	return ok
}

// isSequence reports whether n is a list.
func (n node) isSequence() bool {
	_, ok := n.value.(*ast.SequenceNode)
	return ok
}

// isNull reports whether n has no value, or null.
func (n node) isNull() bool {
	_, ok := n.value.(*ast.NullNode)
	return ok || n.value == nil
}

// text returns n as a text; other scalars are the text that stands in the file. Anything else
// is a fault.
func (n node) text() (string, bool) {
	switch v := n.value.(type) {
	case *ast.StringNode:
		return v.Value, true
	case *ast.LiteralNode:
		return v.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return n.value.GetToken().Value, true
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode, *ast.MergeKeyNode:
		n.fault("anchors, aliases and tags of YAML are not supported: write the value itself")
	case *ast.NullNode:
		n.fault("has no value")
	default:
		n.fault("is %s, want one text: put it in quotes if it begins with a bracket", kindOf(n.value))
	}
	return "", false
}

// plain is text for one that is no template.
func (n node) plain() (string, bool) {
	text, ok := n.text()
	if ok && strings.Contains(text, "{{") {
		n.fault("no value can stand here: {{…}} stands in requests and in paths")
		return "", false
	}
	return text, ok
}

// kindOf names the kind of a value for messages.
func kindOf(value ast.Node) string {
	switch value.(type) {
	case ast.MapNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode, nil:
		return "empty"
	}
	return "a single value"
}

// entries returns the members of a mapping, in their order; nil with a fault for anything
// else.
func (n node) entries() (list []entry) {
	m, ok := n.value.(ast.MapNode)
	if !ok {
		switch n.value.(type) {
		case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
			n.text()
		default:
			n.fault("is %s, want a mapping of names to values", kindOf(n.value))
		}
		return nil
	}
	for i := m.MapRange(); i.Next(); {
		key := i.Key()
		if key == nil || key.GetToken() == nil {
			continue
		}
		name := key.GetToken().Value
		if s, ok := key.(*ast.StringNode); ok {
			name = s.Value
		}
		path := name
		if n.path != "" {
			path = n.path + "." + name
		}
		e := entry{name, n.child(key, path), n.child(i.Value(), path)}
		if e.node.isNull() {
			e.node.at = e.key.at
		}
		if _, merge := key.(*ast.MergeKeyNode); merge {
			e.key.fault("anchors, aliases and tags of YAML are not supported: write the values themselves")
			continue
		}
		list = append(list, e)
	}
	return list
}

// items returns the values of a list; a single value is a list of one.
func (n node) items() (list []node) {
	s, ok := n.value.(*ast.SequenceNode)
	if !ok {
		return []node{n}
	}
	for i, v := range s.Values {
		list = append(list, n.child(v, fmt.Sprintf("%s[%d]", n.path, i)))
	}
	return list
}

// fields calls the function of each member of a mapping; names that have none are faults.
func (n node) fields(known map[string]func(node)) {
	for _, e := range n.entries() {
		if read := known[e.name]; read != nil {
			read(e.node)
		} else {
			e.key.fault("%q is unknown, %s", e.name, proposal(e.name, known))
		}
	}
}

// longestMisspelt is the longest name that is compared with the known ones, in bytes.
const longestMisspelt = 40

// proposal says which names a misspelt one may stand for.
func proposal[T any](name string, known map[string]T) string {
	names := make([]string, 0, len(known))
	for n := range known {
		names = append(names, n)
	}
	slices.Sort(names)
	for _, n := range names {
		if len(name) <= longestMisspelt && spelling.Distance(name, n) <= min(2, len(n)/2) {
			return fmt.Sprintf("did you mean %s?", n)
		}
	}
	return "want one of " + strings.Join(names, ", ")
}

// duration returns n as a duration of 0 to most.
func (n node) duration(most time.Duration) (d time.Duration, ok bool) {
	text, ok := n.text()
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 || d > most {
		n.fault("%q is no duration of 0s to %v, want such as 2s", text, most)
		return 0, false
	}
	return d, true
}

// integer returns n as an integer of least to most; 0 with a fault for what is none.
func (n node) integer(least, most int64) int64 {
	text, ok := n.text()
	if !ok {
		return 0
	}
	i, err := strconv.ParseInt(text, 10, 64)
	if err != nil || i < least || i > most {
		n.fault("%q is no integer from %d to %d", text, least, most)
		return 0
	}
	return i
}
