package adapters

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// document is a file that is being read.
type document struct {
	vars     map[string]string
	used     map[string]bool // names of vars that templates have
	problems []Problem

	// While the parts of a purchase are read in their order:
	keepers map[string]string // which part keeps a value, by the name of the value
	kept    map[string]bool   // the values that the parts before keep
	polled  bool              // the file has a part poll
	orders  bool              // a part before says where an answer names the order
}

// The largest file, in bytes, and how deep brackets may be nested in it.
const (
	maxBytes = 64 << 10
	maxDepth = 100
)

// root returns the mapping that the contents are; false with a problem when they are none.
func (d *document) root(contents []byte) (n node, ok bool) {
	n = node{document: d}
	switch {
	case len(contents) > maxBytes: // Open reads no more than one byte beyond it
		n.fault("the file is too large, want at most %d bytes", maxBytes)
		return n, false
	case bytes.HasPrefix(contents, []byte("\xff\xfe")) || bytes.HasPrefix(contents, []byte("\xfe\xff")):
		n.fault("the file is in UTF-16: save it as UTF-8")
		return n, false
	case !utf8.Valid(contents):
		d.problems = append(d.problems, notUTF8(contents))
		return n, false
	case depth(contents) > maxDepth:
		n.fault("brackets or lists are nested deeper than %d", maxDepth)
		return n, false
	}
	file, err := parseYAML(bytes.TrimPrefix(contents, []byte("\ufeff"))) // the mark that some editors begin UTF-8 with
	var at interface {
		GetToken() *token.Token
		GetMessage() string
	}
	switch {
	case errors.As(err, &at):
		n.at = at.GetToken()
		n.fault("the file is no valid YAML: %s", at.GetMessage())
		return n, false
	case err != nil:
		n.fault("the file is no valid YAML: %v", err)
		return n, false
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil && doc.Body.Type() != ast.CommentType {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) != 1 {
		n.fault("the file has %d documents, want one with purchase: in it", len(bodies))
		return n, false
	}
	return n.child(bodies[0], ""), true
}

// notUTF8 is the problem of contents that are not UTF-8, at their first byte that is not.
func notUTF8(contents []byte) Problem {
	rest := contents
	for len(rest) > 0 {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			break
		}
		rest = rest[size:]
	}
	before := contents[:len(contents)-len(rest)]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	text := fmt.Sprintf("the file is not UTF-8: it has the byte 0x%02x there; save it as UTF-8", rest[0])
	return Problem{Line: 1 + bytes.Count(before, []byte("\n")), Column: 1 + utf8.RuneCount(line), Text: text}
}

// parseYAML reads YAML; a panic of the parser is an error.
func parseYAML(contents []byte) (f *ast.File, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the parser ended with %v", r)
		}
	}()
	return parser.ParseBytes(contents, 0)
}

// depth returns how deep the contents may be nested: brackets that are open at a place, or
// dashes and question marks at the beginning of a line. Indentation of a line counts half.
func depth(contents []byte) (deepest int) {
	open := 0
	for line := range strings.Lines(string(contents)) {
		rest := strings.TrimLeft(line, " \t-?:")
		deepest = max(deepest, (len(line)-len(rest))/2)
		for i := range len(rest) {
			switch rest[i] {
			case '[', '{':
				open++
				deepest = max(deepest, open)
			case ']', '}':
				open = max(0, open-1)
			}
		}
	}
	return deepest
}
