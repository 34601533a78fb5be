package adapters

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"sagalab/pkg/purchase"
)

const keptEverywhere = `
steps:
  - {name: cart, send: POST /carts, keep: {id: id}}
  - name: pay
    send: PUT /a/{{.Keep.id}}/b?c={{.Keep.id}}&d=e
    header: {X-Cart: "<{{.Keep.id}}>", Authorization: "{{.Keep.id}}"}
    json: '{"a": "x{{.Keep.id}}y", "b": {{.Keep.id}}, "c": {{json .Keep.id}}, "d": "e"}'
    means:
      - {http: 202, is: pending}
      - {http: 200, when: {'rows.#(k=="{{.Keep.id}}").v': "1"}, is: confirmed}
poll:
  send: POST /p/{{.Keep.id}}
  form: {a: "x {{.Keep.id}}", b: c}
`

// FuzzKept: an id that an answer has comes back wherever a later request has it, exactly, and
// nothing else changes; or nothing is sent.
func FuzzKept(f *testing.F) {
	for _, s := range []string{"cart-1", "17", "", "..", "a/b", "a\r\nb: c", `"}`, `\`, "a&d=f", "%2e", "é\x00", "\xff", "#", "?x", "-1", "007", "{{.User}}", " ", "\u2028", "true", "null", "[]", `{"id":1}`, "1e3", "gid://shop/Cart/1"} {
		f.Add(s)
	}
	file := parse(f, keptEverywhere, nil)
	f.Fuzz(func(t *testing.T, id string) {
		text, err := json.Marshal(id)
		if err != nil || !utf8.ValidString(id) {
			return
		}
		call := purchase.Call{Purchase: purchase.Request{UserID: 1, ProductID: 2, Quantity: 3}, Key: "k.cart", Step: "cart"}
		kept, err := file.Keep(call, attemptOf(http.StatusCreated, `{"id":`+string(text)+`}`))
		if (err != nil) != (id == "") || err == nil && kept["id"] != id {
			t.Fatalf("kept %q, %v; want %q", kept, err, id)
		}
		call.Step, call.Kept = "pay", kept
		checkKeptForm(t, file, call, id)
		r, err := file.Request(call)
		if err != nil {
			if unreserved([]byte(id)) && strings.Trim(id, ".") != "" {
				t.Errorf("%q is refused: %v", id, err)
			}
			return
		}
		u, err := url.Parse("http://h" + r.Path)
		if err != nil || u.Path != "/a/"+id+"/b" || strings.Count(u.EscapedPath(), "/") != 3 || len(u.Query()) != 2 || u.Query().Get("c") != id || u.Query().Get("d") != "e" || u.Fragment != "" {
			t.Errorf("path %s, %v; want %q in it twice", r.Path, err, id)
		}
		if err := r.Validate(); err != nil || len(r.Headers) != 2 || r.Headers[0].Value != "<"+id+">" || r.Headers[1].Value != id {
			t.Errorf("headers %q, %v", r.Headers, err)
		}
		var body map[string]any
		if err := json.Unmarshal(r.Body, &body); err != nil || len(body) != 4 || body["a"] != "x"+id+"y" || body["c"] != id || body["d"] != "e" {
			t.Errorf("JSON %s, %v; want %q", r.Body, err, id)
		}
		if _, isNumber := body["b"].(float64); isNumber != isInteger([]byte(id)) || !isNumber && body["b"] != id {
			t.Errorf("JSON %s has %v, want %q as the number that it is, or as a text", r.Body, body["b"], id)
		}
	})
}

// checkKeptForm checks an id in the form and the path of a poll.
func checkKeptForm(t *testing.T, file *File, call purchase.Call, id string) {
	r, err := file.Poll(call)
	if err != nil {
		return
	}
	v, err := url.ParseQuery(string(r.Body))
	if err != nil || len(v) != 2 || v.Get("a") != "x "+id || v.Get("b") != "c" || r.Type != formType {
		t.Errorf("form %s has %v, %v; want a: %q", r.Body, v, err, "x "+id)
	}
}
