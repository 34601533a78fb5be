package adapters

import (
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"strconv"
	"strings"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// paging is how the next page of a list is asked for. The zero value is a list of one page.
type paging struct {
	set        bool
	path       value    // of a cursor or an address
	query      string   // the name of a cursor in the query; "" with an address
	page       string   // the name of a page's number in the query
	first      int64    // the first number
	more       template // false or missing on the last page
	pages      template // how many pages there are
	inTemplate bool     // the cursor is {{.After}}
}

// readPaging reads how the next page is asked for.
func (n node) readPaging() (p paging) {
	p = paging{set: true, first: 1}
	if !n.isMapping() {
		p.path = n.readValue(noScope)
		return p
	}
	known := map[string]func(node){
		"path":   func(n node) { p.path.set = true; p.path.path = n.gjson(noScope) },
		"header": func(n node) { p.path.set = true; p.path.header = n.headerName() },
		"query":  func(n node) { p.query, _ = n.plain() },
		"page":   func(n node) { p.page, _ = n.plain() },
		"first":  func(n node) { p.first = n.integer(0, 1_000_000) },
		"more":   func(n node) { p.more = n.gjson(noScope) },
		"pages":  func(n node) { p.pages = n.gjson(noScope) },
	}
	n.fields(known)
	if p.path.set == (p.page != "") {
		n.fault("want {path: …} with the path to a cursor or an address in the answer, or {page: …} with the name of a number in the query")
	}
	if p.page == "" && !p.pages.isEmpty() {
		n.fault("pages goes with page: it is where the number of the last page stands")
	}
	if p.page != "" && p.query != "" {
		n.fault("page and query exclude each other: query is the name of a cursor")
	}
	return p
}

// request returns the request for the page after a cursor.
func (p *paging) request(l *listing, after string, in *inputs) (retry.Request, error) {
	in.after = after
	if p.page != "" {
		number, _, _ := strings.Cut(after, " ")
		if in.after = number; number == "" {
			in.after = strconv.FormatInt(p.first, 10)
		}
	}
	r, err := l.request.build(in)
	switch {
	case err != nil || p.inTemplate || !p.set:
	case p.page != "":
		r.Path = withQuery(r.Path, p.page, in.after)
	case after == "":
	case p.query != "":
		r.Path = withQuery(r.Path, p.query, after)
	default:
		r.Path = after // as cursor made it
	}
	return r, err
}

// withQuery returns a path with one more value in its query.
func withQuery(path, name, value string) string {
	separator := "?"
	if strings.Contains(path, "?") {
		separator = "&"
	}
	return path + separator + url.QueryEscape(name) + "=" + url.QueryEscape(value)
}

// cursor returns the cursor of the page after an answer, "" after the last one. first is the
// first row as it came, "" without rows.
func (p *paging) cursor(s purchase.Service, asked retry.Request, after string, a *answer, first string) (string, error) {
	switch {
	case !p.set:
		return "", nil
	case !p.more.isEmpty():
		more, _, err := find(a.json, p.more, &inputs{})
		if err != nil || !more.Bool() {
			return "", err
		}
	}
	if p.page != "" {
		return p.nextNumber(after, a, first)
	}
	next, err := p.path.text(a, &inputs{})
	if p.path.header != "" && strings.Contains(next, "<") {
		next = nextLink(next)
	}
	if err != nil || next == "" || next == "false" {
		return "", err
	}
	if p.query == "" && !p.inTemplate {
		if next, err = relative(s.Endpoint().String(), asked.Path, next); err != nil {
			return "", err
		}
	}
	if next == after {
		return "", errors.New("the cursor is that of the page itself")
	}
	return next, nil
}

// nextNumber returns the number of the next page and what tells a page from the one before
// it: a service that does not know the number would answer the same page without end.
func (p *paging) nextNumber(after string, a *answer, first string) (string, error) {
	number, before, _ := strings.Cut(after, " ")
	n := p.first
	if after != "" {
		n, _ = strconv.ParseInt(number, 10, 64)
	}
	last := false
	if !p.pages.isEmpty() {
		pages, path, err := find(a.json, p.pages, &inputs{})
		if err != nil || pages.Type != gjson.Number {
			return "", errors.Join(err, fmt.Errorf("pages: there is no number at %q in the answer", path))
		}
		last = n-p.first+1 >= pages.Int()
	}
	if first == "" || last {
		return "", nil
	}
	h := fnv.New64a()
	h.Write([]byte(first))
	digest := strconv.FormatUint(h.Sum64(), 36)
	if digest == before {
		return "", fmt.Errorf("page %d begins with the same row as the page before it: is %s the name of the number?", n, p.page)
	}
	return strconv.FormatInt(n+1, 10) + " " + digest, nil
}

// nextLink returns the address with rel="next" in the header Link (RFC 8288), "" without one.
func nextLink(header string) string {
	for link := range strings.SplitSeq(header, ",") {
		address, parameters, found := strings.Cut(strings.TrimSpace(link), ">")
		if found && strings.HasPrefix(address, "<") && strings.Contains(strings.ReplaceAll(parameters, `"`, ""), "rel=next") {
			return address[1:]
		}
	}
	return ""
}

// relative returns an address in an answer as a path after the address of the service. It is
// resolved against what was asked for. The error says that it is of another origin.
func relative(base, asked, address string) (string, error) {
	at, err := url.Parse(base + asked)
	if err != nil {
		return "", err
	}
	to, err := at.Parse(address)
	if err != nil {
		return "", fmt.Errorf("%q is no address", clip(address))
	}
	if to.Scheme != at.Scheme || to.Host != at.Host || to.User != nil || to.Opaque != "" {
		return "", fmt.Errorf("%q is of another origin than %s: it is not asked", clip(address), base)
	}
	root, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	path, under := strings.CutPrefix(to.EscapedPath(), root.EscapedPath())
	if !under || path != "" && path[0] != '/' {
		return "", fmt.Errorf("%q is not under %s", clip(address), base)
	}
	if to.RawQuery != "" {
		path += "?" + to.RawQuery
	}
	return path, nil
}

// rowError names a row in messages.
func rowError(rows template, err error) error {
	path, _ := rows.constant()
	return fmt.Errorf("a row of %q: %w", path, err)
}

// mostExceptedPages bounds how many pages in a row may have excepted rows alone.
const mostExceptedPages = 1000

// readRows calls read for each row of a page that is not excepted. A page of excepted rows
// alone is left out, because one without rows would look like the end of the list.
func (l *listing) readRows(s purchase.Service, after string, limit int, except []condition, read func(gjson.Result, *inputs) error) (string, error) {
	for range mostExceptedPages {
		kept, left := 0, 0
		next, err := l.page(s, after, limit, func(row gjson.Result, in *inputs) error {
			if excepted(except, row, in) {
				left++
				return nil
			}
			kept++
			if err := read(row, in); err != nil {
				return rowError(l.rows, err)
			}
			return nil
		})
		if err != nil || next == "" || kept > 0 || left == 0 {
			return next, err
		}
		after = next
	}
	return "", fmt.Errorf("%d pages in a row have no row that except does not leave out: have the service leave them out by the query, if it can", mostExceptedPages)
}
