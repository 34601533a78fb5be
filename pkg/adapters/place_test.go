package adapters

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/tidwall/gjson"

	"sagalab/pkg/purchase"
)

const everywhere = `
purchase:
  send: POST /a/{{.Key}}/b?c={{.Key}}&d=e
  header: {X-Key: "<{{.Key}}>", Idempotency-Key: "{{.Key}}"}
  json: '{"a": "x{{.Key}}y", "b": {{.Key}}, "c": {{json .Key}}, "d": "e"}'
  means: [{http: 200, when: {'found.{{.Key}}.x': "1"}, is: confirmed}, {http: 200, when: {'rows.#(k=="{{.Key}}").v': "1"}, is: refused}]
`

// FuzzEscape: wherever a key stands, what is sent has exactly it in that place and nothing
// else changes, or nothing is sent.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"k", "", "..", "a/b", "a\r\nb: c", `"}`, `\`, "a&d=f", "%2e", "é\x00", "\xff", "#", "@this", "a.b", "*", "a|b", "!x", ":1", "0", "]]>", "-1", "{{.User}}", " ", "\u2028", "&lt;", "?x", `x")#.y`, "~", "~true", "~*", "*", "no*"} {
		f.Add(s)
	}
	file := parse(f, everywhere, nil)
	xmlFile := parse(f, with("  send: POST /x\n  type: text/xml\n  body: '<a k=\"{{.Key}}\"><b>{{.Key}}</b></a>'\n"), nil)
	formFile := parse(f, with("  send: POST /x\n  form: {a: \"x {{.Key}}\", b: c}\n"), nil)
	f.Fuzz(func(t *testing.T, key string) {
		c := purchase.Call{Purchase: purchase.Request{UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4}, Key: key}
		if r, err := formFile.Request(c); err != nil {
			t.Error(err)
		} else if v, err := url.ParseQuery(string(r.Body)); err != nil || len(v) != 2 || v.Get("a") != "x "+key || v.Get("b") != "c" {
			t.Errorf("form %s has %v, %v; want a: %q", r.Body, v, err, "x "+key)
		}
		checkXML(t, xmlFile, c)
		checkMeaning(t, file, c)
		r, err := file.Request(c)
		if err != nil {
			if key == strings.TrimSpace(key) && unreserved([]byte(key)) && strings.Trim(key, ".") != "" {
				t.Errorf("%q is refused: %v", key, err)
			}
			return
		}
		u, err := url.Parse("http://h" + r.Path)
		if err != nil || u.Path != "/a/"+key+"/b" || strings.Count(u.EscapedPath(), "/") != 3 || len(u.Query()) != 2 || u.Query().Get("c") != key || u.Query().Get("d") != "e" || u.Fragment != "" {
			t.Errorf("path %s, %v, has %q and %v; want %q in both", r.Path, err, u.Path, u.Query(), key)
		}
		if err := r.Validate(); err != nil || len(r.Headers) != 2 || r.Headers[0].Value != "<"+key+">" || r.Headers[1].Value != key {
			t.Errorf("headers %q, %v", r.Headers, err)
		}
		var body map[string]any
		if err := json.Unmarshal(r.Body, &body); err != nil || len(body) != 4 || body["d"] != "e" {
			t.Fatalf("JSON %s, %v", r.Body, err)
		}
		if utf8.ValidString(key) && (body["a"] != "x"+key+"y" || body["b"] != key || body["c"] != key) && key != "" {
			t.Errorf("JSON %s has %v, want %q", r.Body, body, key)
		}
	})
}

// checkXML checks a key in an attribute and in a text of XML.
func checkXML(t *testing.T, file *File, c purchase.Call) {
	r, err := file.Request(c)
	if err != nil {
		t.Error(err)
		return
	}
	var a struct {
		K    string   `xml:"k,attr"`
		B    string   `xml:"b"`
		Rest []string `xml:",any"`
	}
	if err := xml.Unmarshal(r.Body, &a); err != nil || len(a.Rest) > 0 || utf8.ValidString(c.Key) && !strings.ContainsFunc(c.Key, noXML) && (a.K != c.Key || a.B != c.Key) {
		t.Errorf("XML %s has %+v, %v; want %q", r.Body, a, err, c.Key)
	}
}

// noXML reports whether XML has no way to write a character.
func noXML(r rune) bool {
	return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xfffe || r == 0xffff
}

// checkMeaning checks a key in a path and in a query of gjson: the rule finds the member that
// the key names, and no other one.
func checkMeaning(t *testing.T, file *File, c purchase.Call) {
	name, err := json.Marshal(c.Key)
	if err != nil || !utf8.ValidString(c.Key) || c.Key == "" {
		return
	}
	answer := func(found, row, other string) purchase.Meaning {
		body := `{"found":{"other` + `":{"x":` + other + `},` + string(name) + `:{"x":` + found + `}},"rows":[{"k":"no other","v":` + other + `},{"k":` + string(name) + `,"v":` + row + `}]}`
		if !gjson.Valid(body) {
			t.Fatal(body)
		}
		return file.Read(c, attemptOf(http.StatusOK, body)).Meaning
	}
	if c.Key == "other" || c.Key == "no other" {
		return
	}
	if m := answer("1", "2", "2"); m != purchase.MeansConfirmed {
		t.Errorf("the member %q is not found: %s", c.Key, m)
	}
	if m := answer("2", "2", "1"); m != purchase.MeansUnclear {
		t.Errorf("the key %q finds another member: %s", c.Key, m)
	}
	if m := answer("2", "2", "1"); m == purchase.MeansDeclined {
		t.Errorf("the key %q finds another row", c.Key)
	}
	if m := answer("2", "1", "2"); m != purchase.MeansDeclined && !strings.ContainsAny(c.Key, `"\`) && c.Key[0] != '~' && !strings.ContainsFunc(c.Key, func(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }) {
		t.Errorf("the row %q is not found: %s", c.Key, m)
	}
}
