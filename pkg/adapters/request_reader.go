package adapters

import (
	"net/http"
	"net/url"
	"strings"

	"sagalab/pkg/retry"
)

// requestReader reads a request from a file.
type requestReader struct {
	request
	scope  scope
	node   node // for problems of the whole
	set    bool // whether it has an address
	typed  *node
	raw    *node    // of body:
	bodies []string // which of json, form and body are there
}

// fields adds the members that describe a request.
func (r *requestReader) fields(known map[string]func(node)) map[string]func(node) {
	known["header"] = func(n node) { r.headers = append(r.headers, n.headers(r.scope)...) }
	known["json"] = r.readJSON
	known["form"] = r.readForm
	known["body"] = func(n node) { r.bodies, r.raw = append(r.bodies, "body"), &n }
	known["type"] = func(n node) { r.typed = &n }
	return known
}

// readFields adds the members that describe a request for a state, which has an address.
func (r *requestReader) readFields(known map[string]func(node)) map[string]func(node) {
	known["get"], known["send"] = r.readGet, r.readAddress
	return r.fields(known)
}

// readAddress reads METHOD path.
func (r *requestReader) readAddress(n node) {
	r.set = true
	text, ok := n.text()
	if !ok {
		return
	}
	method, path, found := strings.Cut(strings.TrimSpace(text), " ")
	if !found || !isMethod(method) {
		n.fault("%q is no METHOD with a path, want such as POST /orders", clip(text))
		return
	}
	r.method = method
	r.readPath(n, strings.TrimSpace(path))
}

// readGet reads the path of a GET.
func (r *requestReader) readGet(n node) {
	r.set, r.method = true, http.MethodGet
	if text, ok := n.text(); ok {
		r.readPath(n, strings.TrimSpace(text))
	}
}

// readPath reads the path of an address.
func (r *requestReader) readPath(n node, path string) {
	switch {
	case strings.Contains(path, "://"):
		n.fault("%q is the address of a service: give the path alone, such as /orders, which follows the address of --api", clip(path))
		return
	case !strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "?"):
		n.fault("the path %q does not begin with /", clip(path))
		return
	}
	t, ok := n.compile(path, r.scope, new(addressPlace))
	if !ok {
		return
	}
	if sample := t.sample("1"); strings.ContainsAny(sample, "# \t\r\n\\") || !isAddress(sample) {
		n.fault("%q is no path: write a space as %%20, # as %%23", clip(path))
		return
	}
	r.path = t
}

// isAddress reports whether a path with its query can be sent.
func isAddress(path string) bool {
	u, err := url.Parse("http://h" + path)
	return err == nil && u.Host == "h" && retry.Request{Path: path}.Validate() == nil
}

// isMethod reports whether a text is the name of an HTTP method.
func isMethod(text string) bool {
	return text != "" && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

// readJSON reads a body of JSON.
func (r *requestReader) readJSON(n node) {
	r.bodies = append(r.bodies, "json")
	if n.isMapping() || n.isSequence() {
		n.fault("is YAML, want JSON as a text in quotes, such as json: '{\"user\": {{json .User}}}'")
		return
	}
	if t, ok := n.template(r.scope, new(jsonPlace)); ok {
		r.setBody(n, t, true)
	}
}

// setBody sets the body to a template, which has to be JSON if isJSON is true.
func (r *requestReader) setBody(n node, t template, isJSON bool) {
	if isJSON {
		text, _ := n.text()
		if why := t.invalidJSON(text); why != "" {
			n.fault("%s", why)
			return
		}
	}
	r.body, r.hasBody = t, true
}

// readForm reads the values of a form.
func (r *requestReader) readForm(n node) {
	r.bodies = append(r.bodies, "form")
	var all template
	for i, e := range n.entries() {
		t, ok := e.node.template(r.scope, formPlace{})
		if !ok {
			continue
		}
		name := url.QueryEscape(e.name) + "="
		if i > 0 {
			name = "&" + name
		}
		all = all.join(template{end: name, size: len(name)}).join(t)
	}
	r.body, r.hasBody = all, true
}

// readBody reads any other body.
func (r *requestReader) readBody(n node) {
	mediaType := ""
	if r.typed != nil {
		mediaType, _ = r.typed.text()
	}
	if mediaType == "" {
		n.fault("a body: needs type: with its media type, such as text/xml, which says how values are escaped in it")
		return
	}
	where := bodyPlace(mediaType)
	if t, ok := n.template(r.scope, where); ok {
		_, isJSON := where.(*jsonPlace)
		r.setBody(n, t, isJSON)
	}
}

// finish checks what depends on several members, and returns the request.
func (r *requestReader) finish() request {
	if len(r.bodies) > 1 {
		r.node.fault("has %s: want one of json, form and body", strings.Join(r.bodies, " and "))
	} else if r.raw != nil {
		r.readBody(*r.raw)
	}
	if r.hasBody && (r.method == http.MethodGet || r.method == http.MethodHead) {
		r.node.fault("a %s has no body: use send: POST and a path", r.method)
	}
	r.mediaType = r.readType()
	r.seal()
	return r.request
}

// readType returns the media type of the body.
func (r *requestReader) readType() string {
	kind := ""
	if len(r.bodies) > 0 {
		kind = r.bodies[0]
	}
	if r.typed == nil {
		if kind == "form" {
			return formType
		}
		return ""
	}
	text, ok := r.typed.text()
	if !ok {
		return ""
	}
	switch base := baseType(text); {
	case !strings.Contains(base, "/") || (retry.Request{Headers: []retry.Header{{Name: "Content-Type", Value: text}}}).Validate() != nil:
		r.typed.fault("%q is no media type, want such as text/xml", clip(text))
	case kind == "form" && base != formType:
		r.typed.fault("a form: has the type %s: leave type: out", formType)
	case kind == "json" && !isJSONType(base):
		r.typed.fault("%q is no type of JSON: use body: instead of json:", clip(text))
	case kind == "":
		r.typed.fault("is there without a body")
	}
	return text
}
