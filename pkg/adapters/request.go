package adapters

import (
	"fmt"
	"strconv"
	"strings"

	"sagalab/pkg/retry"
)

// request is a request of which parts depend on values.
type request struct {
	method    string
	path      template
	headers   []header
	constant  []retry.Header // headers, when they depend on nothing
	body      template
	hasBody   bool
	mediaType string // "" for application/json
}

// header is a header of a request.
type header struct {
	name  string
	value template
}

// has reports whether a value of v stands in the request.
func (r *request) has(v variable) bool {
	if r.path.has(v) || r.body.has(v) {
		return true
	}
	for i := range r.headers {
		if r.headers[i].value.has(v) {
			return true
		}
	}
	return false
}

// seal prepares r for use.
func (r *request) seal() {
	constant := make([]retry.Header, 0, len(r.headers))
	for _, h := range r.headers {
		text, is := h.value.constant()
		if !is {
			return
		}
		if text != "" {
			constant = append(constant, retry.Header{Name: h.name, Value: text})
		}
	}
	r.constant, r.headers = constant[:len(constant):len(constant)], nil
}

// build returns what is sent.
func (r *request) build(in *inputs) (out retry.Request, err error) {
	out = retry.Request{Method: r.method, Headers: r.constant, Type: r.mediaType}
	if out.Path, err = r.path.text(in); err != nil {
		return out, fmt.Errorf("path: %w", err)
	}
	if r.headers != nil {
		if out.Headers, err = r.buildHeaders(in); err != nil {
			return out, err
		}
	}
	if r.hasBody {
		if out.Body, err = r.body.append(make([]byte, 0, r.body.size+8*len(r.body.segments)+len(in.call.Key)), in); err != nil {
			return out, fmt.Errorf("body: %w", err)
		}
	}
	return out, nil
}

// buildHeaders returns the headers whose values are not empty.
func (r *request) buildHeaders(in *inputs) ([]retry.Header, error) {
	list := make([]retry.Header, 0, len(r.headers))
	for i := range r.headers {
		value, err := r.headers[i].value.text(in)
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", r.headers[i].name, err)
		}
		if strings.Trim(value, " \t") != value {
			shown := strconv.Quote(value)
			if r.headers[i].value.has(keptVariable) {
				shown = "the value" // it may be a secret
			}
			return nil, fmt.Errorf("header %s: %s begins or ends with a space, which no header carries", r.headers[i].name, shown)
		}
		if value != "" {
			list = append(list, retry.Header{Name: r.headers[i].name, Value: value})
		}
	}
	return list, nil
}
