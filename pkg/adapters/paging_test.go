package adapters

import (
	"net/http"
	"strings"
	"testing"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// TestRelative: an address in an answer is asked where it is of the service, and no other one.
func TestRelative(t *testing.T) {
	for address, want := range map[string]string{
		"/shop/orders?page=2": "/orders?page=2", "?page=2": "/orders?page=2", "http://h:1/shop/orders/2": "/orders/2", "//h:1/shop/x": "/x", "/shop": "",
		"https://h:1/shop/orders": "is of another origin", "http://h:2/shop/orders": "is of another origin", "//other/shop/orders": "is of another origin",
		"http://user:word@h:1/shop/orders": "is of another origin", "mailto:a@h": "is of another origin",
		"/orders": "is not under http://h:1/shop", "/shopping/orders": "is not under http://h:1/shop", "http://h:1/%zz": "is no address",
	} {
		got, err := relative("http://h:1/shop", "/orders", address)
		if err == nil && got != want || err != nil && (got != "" || !strings.Contains(err.Error(), want) || want == "") {
			t.Errorf("%s is %q, %v; want %q", address, got, err, want)
		}
	}
}

// TestCursorOfThePageItself is an error: the list would have no end.
func TestCursorOfThePageItself(t *testing.T) {
	p := paging{set: true, query: "after"}
	p.path.set, p.path.header = true, "X-Next"
	for after, ends := range map[string]bool{"": false, "c1": false, "c2": true} {
		a := answer{header: http.Header{"X-Next": {"c2"}}, json: gjson.Parse("[]"), kind: jsonBody}
		next, err := p.cursor(purchase.Service{}, retry.Get("/orders"), after, &a, "")
		if ends != (err != nil) || !ends && next != "c2" {
			t.Errorf("after %q: next is %q, %v", after, next, err)
		}
	}
}
