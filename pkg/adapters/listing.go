package adapters

import (
	"errors"
	"fmt"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// listing is a list that is read page by page.
type listing struct {
	request request
	rows    template
	next    paging
}

// fields adds the members that describe a list to those that describe a request.
func (l *listing) fields(r *requestReader, known map[string]func(node)) map[string]func(node) {
	known["rows"] = func(n node) { l.rows = n.gjson(pageScope) }
	known["next"] = func(n node) { l.next = n.readPaging() }
	return r.readFields(known)
}

// finish checks what depends on several members.
func (l *listing) finish(n node, r *requestReader, all []header) {
	r.headers = withDefaults(all, r.headers)
	if l.request = r.finish(); !n.isMapping() {
		return
	}
	checkAddress(n, r)
	after := l.request.has(afterVariable)
	if l.rows.isEmpty() {
		n.fault("has no rows: that says where the list stands in the answer, such as rows: data, or \"@this\" for an answer that is the list")
	}
	l.next.inTemplate = after
	if after && !l.next.set {
		n.fault("{{.After}} stands in the request: add next: {path: …} with the path to the cursor in the answer")
	}
}

// checkAddress reports a request without an address.
func checkAddress(n node, r *requestReader) {
	if n.isMapping() && !r.set {
		n.fault("has no get: that says what is asked for, such as get: /orders")
	}
}

// page reads the page after a cursor and calls each with its rows. It returns the next cursor.
func (l *listing) page(s purchase.Service, after string, limit int, each func(gjson.Result, *inputs) error) (next string, err error) {
	in := inputs{limit: limit}
	request, err := l.next.request(l, after, &in)
	if err != nil {
		return "", err
	}
	a, err := ask(s, request)
	if err != nil {
		return "", err
	}
	rows, path, err := find(a.json, l.rows, &in)
	if err != nil {
		return "", err
	}
	if !rows.IsArray() {
		return "", fmt.Errorf("%s: rows: there is no list at %q in the answer: %s", asked(request), path, clip(a.json.Raw))
	}
	count, first := 0, ""
	rows.ForEach(func(_, row gjson.Result) bool {
		if count++; count == 1 {
			first = row.Raw
		}
		err = each(row, &in)
		return err == nil
	})
	if err != nil {
		return "", fmt.Errorf("%s: %w", asked(request), err)
	}
	if next, err = l.next.cursor(s, request, after, &a, first); err != nil {
		return "", fmt.Errorf("%s: next: %w", asked(request), err)
	}
	return next, nil
}

// asked names a request in messages.
func asked(r retry.Request) string { return r.Method + " " + clip(r.Path) }

// ask sends a request and returns its answer, which has to be JSON.
func ask(s purchase.Service, r retry.Request) (answer, error) {
	a, err := s.Send(r)
	if err != nil {
		return answer{}, err
	}
	got := answerOf(a)
	switch got.kind {
	case jsonBody:
	case emptyBody:
		return answer{}, fmt.Errorf("%s: the answer is empty (HTTP %d), want JSON", asked(r), a.Status)
	default:
		return answer{}, fmt.Errorf("%s: the answer is not JSON: %s", asked(r), clip(string(a.Body)))
	}
	return got, nil
}

// single is the state of one thing.
type single struct{ request request }

// ask sends the request for one thing.
func (g *single) ask(s purchase.Service, in *inputs) (*reader, string, error) {
	request, err := g.request.build(in)
	if err != nil {
		return nil, "", err
	}
	a, err := ask(s, request)
	if err != nil {
		return nil, "", err
	}
	return &reader{row: a, in: in}, asked(request), nil
}

// required is number for a member that has to be there.
func (r *reader) required(name string, v *value) int64 {
	if r.err != nil {
		return 0
	}
	n, err := v.number(&r.row, r.in)
	if errors.Is(err, errNone) {
		path, _ := v.path.text(r.in)
		err = fmt.Errorf("there is none at %q in the answer: %s", path, clip(r.row.json.Raw))
	}
	if err != nil {
		r.err = fmt.Errorf("%s: %w", name, err)
	}
	return n
}
