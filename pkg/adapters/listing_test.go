package adapters

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

const draftsFile = `
purchase: {send: POST /buy, means: [{http: 2xx, is: confirmed}]}
orders: {get: /orders, rows: "@this", id: id, status: state, map: {paid: CONFIRMED}, except: {state: draft}, next: {page: page}}
`

// TestPagesOfExceptedRows: a page of which all rows are left out is no page, and the next one
// follows; without end it is an error.
func TestPagesOfExceptedRows(t *testing.T) {
	for _, last := range []int{1, 3, mostExceptedPages + 1} {
		asked := 0
		c := clientAt(t, parse(t, draftsFile, nil), func(w http.ResponseWriter, r *http.Request) {
			asked++
			switch page := r.FormValue("page"); {
			case page == fmt.Sprint(last+1):
				io.WriteString(w, `[]`)
			case page == fmt.Sprint(last):
				io.WriteString(w, `[{"id":"o","state":"paid"}]`)
			default:
				fmt.Fprintf(w, `[{"id":"d%s","state":"draft"}]`, page)
			}
		})
		page, err := c.Orders(t.Context(), "", 10)
		switch {
		case last <= mostExceptedPages && (err != nil || len(page.Orders) != 1 || asked != last):
			t.Errorf("the order on page %d: %+v, %v after %d requests", last, page, err, asked)
		case last > mostExceptedPages && (err == nil || !strings.Contains(err.Error(), "except")):
			t.Errorf("%d pages without orders: %+v, %v", last-1, page, err)
		}
	}
}

// TestEmptyAnswerIsNamed: the error says that there is nothing to read, not only that it is no JSON.
func TestEmptyAnswerIsNamed(t *testing.T) {
	for status, want := range map[int]string{204: "GET /orders: the answer is empty (HTTP 204), want JSON", 200: "GET /orders: the answer is empty (HTTP 200), want JSON"} {
		c := clientAt(t, parse(t, draftsFile, nil), func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
		if _, err := c.Orders(t.Context(), "", 10); err == nil || !strings.Contains(err.Error(), strings.Replace(want, "/orders", "/orders?page=1", 1)) {
			t.Errorf("%d: %v, want %s", status, err, want)
		}
	}
}

// TestHeadersCarryNoSpacesAtTheirEnds: HTTP cuts them off, and " a" would be the user "a".
func TestHeadersCarryNoSpacesAtTheirEnds(t *testing.T) {
	f := parse(t, with("  send: POST /x\n  header: {X-User: \"{{.User}}\", X-Both: \"<{{.User}}>\"}\n"), nil)
	for text, ok := range map[string]bool{" a": false, "a ": false, "a b": true, "\u00a0a": true} {
		_, err := f.Request(purchase.Call{Purchase: purchase.Request{UserID: purchase.TextID(text), ProductID: 1, Quantity: 1}})
		if (err == nil) != ok || err != nil && !strings.Contains(err.Error(), "X-User") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestHeadersOfTheConnection cannot be set, but those of an answer can be looked at.
func TestHeadersOfTheConnection(t *testing.T) {
	_, err := Parse("shop.yaml", []byte("header: {Host: a.example}\n"+with("  send: POST /x\n")), nil)
	if err == nil || !strings.Contains(err.Error(), "Host cannot be set: it is that of --api") {
		t.Errorf("%v", err)
	}
	f := parse(t, "purchase: {send: POST /x, means: [{header: {Content-Length: \"0\"}, is: confirmed}]}\n", nil)
	a := attemptOf(200, "")
	if a.Header = (http.Header{"Content-Length": {"0"}}); f.Read(purchase.Call{}, a).Meaning != purchase.MeansConfirmed {
		t.Error("the length of an answer is not looked at")
	}
}
