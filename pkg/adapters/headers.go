package adapters

import (
	"net/http"

	"sagalab/pkg/retry"
)

// ownHeaders are headers that a file cannot set, and why.
var ownHeaders = map[string]string{
	"Content-Type": "the type of a body is said by type:", "Content-Length": "it follows from the body", "Host": "it is that of --api",
	"Transfer-Encoding": "it follows from the body", "Connection": "the client decides about connections", "Lab-Run": "the client sets it", "Lab-Attempt": "the client sets it",
	"Accept-Encoding": "answers are read as they are",
}

// headers reads a mapping of headers.
func (n node) headers(s scope) (list []header) {
	for _, e := range n.entries() {
		name := http.CanonicalHeaderKey(e.name)
		switch {
		case ownHeaders[name] != "":
			e.key.fault("%s cannot be set: %s", name, ownHeaders[name])
			continue
		case !isToken(e.name):
			e.key.fault("%q is no name of a header", clip(e.name))
			continue
		}
		text, _ := e.node.text()
		t, ok := e.node.compile(text, s, fixedPlace(headerPlace))
		if !ok {
			continue
		}
		if fixed, is := t.constant(); is {
			if (retry.Request{Headers: []retry.Header{{Name: name, Value: fixed}}}).Validate() != nil {
				e.node.fault("has a control character, which no header carries")
				continue
			}
			if retry.IsCredential(name) && fixed == text && text != "" {
				e.node.fault("a secret in a file is stored with each run: write {{.Var.NAME}} in its place, and set %sNAME", environmentPrefix)
				continue
			}
		}
		list = append(list, header{name, t})
	}
	return list
}

// withDefaults returns the headers of a request: those of all requests that it does not have
// by itself, then its own.
func withDefaults(all, own []header) (list []header) {
	for _, h := range all {
		replaced := false
		for _, o := range own {
			replaced = replaced || o.name == h.name
		}
		if !replaced {
			list = append(list, h)
		}
	}
	return append(list, own...)
}

// isToken reports whether a text is a name of a header, also of one that cannot be set.
func isToken(text string) bool {
	return ownHeaders[http.CanonicalHeaderKey(text)] != "" || retry.Request{Headers: []retry.Header{{Name: text}}}.Validate() == nil
}
