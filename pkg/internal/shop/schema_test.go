package shop

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/big"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"sagalab/pkg/purchase"
)

var (
	schemaRequests = flag.Int("schema.requests", 60, "requests of each operation that TestSchemaAndServiceAgree generates")
	schemaSeed     = flag.Uint64("schema.seed", 1, "seed of TestSchemaAndServiceAgree")
)

// TestSchemaAndServiceAgree generates requests from openapi.yaml and sends them: what the
// schema allows, the service does not call malformed. Then it damages them: what the
// service takes, the schema allows.
func TestSchemaAndServiceAgree(t *testing.T) { onBoth(t, testSchemaAndServiceAgree) }

func testSchemaAndServiceAgree(t *testing.T, db string) {
	doc, err := openapi3.NewLoader().LoadFromData(purchase.OpenAPI)
	if err != nil {
		t.Fatal(err)
	}
	plenty := purchase.Plenty()
	a := newAPI(t, serving(t, Config{DB: db, Lab: true, Fixture: &plenty}))
	g := generator{rand.New(rand.NewPCG(*schemaSeed, 0))}
	sent, damaged, refused := 0, 0, 0
	paths := doc.Paths.InMatchingOrder()
	slices.SortStableFunc(paths, func(a, b string) int { // what drops the fixture comes last
		return strings.Count(a, "/lab/") - strings.Count(b, "/lab/")
	})
	confirmed := 0
	for _, path := range paths {
		for method, op := range doc.Paths.Value(path).Operations() {
			for range *schemaRequests {
				r := g.request(method, path, op)
				if err := r.allowed(t, a.base); err != nil {
					t.Fatalf("generated %v, which the schema does not allow: %v", r, err)
				}
				got := a.do(r.method, r.target(), r.text(), r.headers()...)
				if got.status == 400 || got.status == 413 || got.status == 415 || got.status >= 500 {
					t.Errorf("the schema allows %v, got %d %s", r, got.status, got.body)
				}
				sent++
				if got.status == 201 {
					confirmed++
				}
				if g.damage(&r) && !r.breaksProse() {
					status := a.do(r.method, r.target(), r.text(), r.headers()...).status
					if err := r.allowed(t, a.base); err != nil && status != 400 {
						t.Errorf("the service took %v with %d, the schema does not: %v", r, status, err)
					}
					damaged++
					if status == 400 {
						refused++
					}
				}
			}
		}
	}
	if refused < damaged/4 {
		t.Errorf("only %d of %d damaged requests were malformed: they test too little", refused, damaged)
	}
	if confirmed < *schemaRequests/10 {
		t.Errorf("only %d purchases were confirmed: they test too little", confirmed)
	}
	fmt.Printf("schema: %d valid requests, %d of them confirmed purchases, none malformed; %d damaged ones, %d malformed, the others valid by the schema\n", sent, confirmed, damaged, refused)
}

// generated is a request made from the schema.
type generated struct {
	method, path string
	query        url.Values
	header       map[string]string
	body         map[string]any // nil without one
}

func (g generated) String() string {
	return fmt.Sprintf("%s %s %q %.300q", g.method, g.target(), g.header, g.text())
}

func (g generated) target() string {
	if len(g.query) == 0 {
		return g.path
	}
	return g.path + "?" + g.query.Encode()
}

func (g generated) text() string {
	if g.body == nil {
		return ""
	}
	text, err := json.Marshal(g.body)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func (g generated) headers() (list []string) {
	for name, value := range g.header {
		list = append(list, name, value)
	}
	return list
}

// allowed returns why the schema does not allow the request, nil when it does.
func (g generated) allowed(t *testing.T, base string) error {
	router, err := document()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(g.method, base+g.target(), bytes.NewReader([]byte(g.text())))
	if err != nil {
		t.Fatal(err)
	}
	if g.body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range g.header {
		req.Header.Set(name, value)
	}
	route, parameters, err := router.FindRoute(req)
	if err != nil {
		t.Fatalf("%v: %v", g, err)
	}
	return openapi3filter.ValidateRequest(t.Context(), &openapi3filter.RequestValidationInput{Request: req, PathParams: parameters, Route: route})
}

// breaksProse reports whether the request breaks a rule that openapi.yaml states in a
// description, since schemas cannot.
func (g generated) breaksProse() bool {
	if key, given := g.body["idempotency_key"]; given && g.header["Idempotency-Key"] != "" && g.header["Idempotency-Key"] != key {
		return true
	}
	most, sum := big.NewInt(math.MaxInt64), new(big.Int)
	ids := map[string]bool{}
	for _, list := range []string{"users", "products"} {
		items, _ := g.body[list].([]any)
		for _, item := range items {
			m, _ := item.(map[string]any)
			for _, id := range []string{"user_id", "product_id"} {
				if m[id] != nil && ids[fmt.Sprint(id, m[id])] {
					return true
				}
				ids[fmt.Sprint(id, m[id])] = true
			}
			balance, _ := m["balance"].(int64)
			price, _ := m["price"].(int64)
			stock, _ := m["stock"].(int64)
			sum.Add(sum, big.NewInt(balance))
			if product := new(big.Int).Mul(big.NewInt(price), big.NewInt(stock)); product.Cmp(most) > 0 || sum.Cmp(most) > 0 {
				return true
			}
		}
	}
	return len(g.text()) > 64<<10
}

// generator draws values that a schema allows.
type generator struct{ *rand.Rand }

func (g generator) request(method, path string, op *openapi3.Operation) generated {
	for {
		r := generated{method: method, path: path, query: url.Values{}, header: map[string]string{}}
		for _, ref := range op.Parameters {
			p := ref.Value
			if !p.Required && g.IntN(3) == 0 {
				continue
			}
			value := fmt.Sprint(g.value(p.Schema.Value, p.In == "header"))
			switch p.In {
			case "path":
				if value == "" || value == "." || value == ".." {
					value = "x"
				}
				r.path = strings.ReplaceAll(r.path, "{"+p.Name+"}", url.PathEscape(value))
			case "query":
				r.query.Set(p.Name, value)
			case "header":
				if value != "" {
					r.header[p.Name] = value
				}
			}
		}
		if op.RequestBody != nil {
			r.body = g.value(op.RequestBody.Value.Content["application/json"].Schema.Value, false).(map[string]any)
		}
		if !r.breaksProse() {
			return r
		}
	}
}

// value draws a value; plain ones of strings can stand in a header.
func (g generator) value(s *openapi3.Schema, plain bool) any {
	switch {
	case len(s.Enum) > 0:
		return s.Enum[g.IntN(len(s.Enum))]
	case s.Type.Is("object"):
		m := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			property := s.Properties[name]
			if slices.Contains(s.Required, name) || g.IntN(2) == 0 {
				m[name] = g.value(property.Value, plain)
			}
		}
		if g.IntN(4) == 0 {
			m["an unknown member"] = []any{nil, 1.5, map[string]any{"x": "\x00"}}
		}
		return m
	case s.Type.Is("array"):
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(s.Items.Value, plain))
		}
		return list
	case s.Type.Is("integer"):
		return g.integer(s)
	}
	return g.text(s, plain)
}

func (g generator) integer(s *openapi3.Schema) int64 {
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	if s.Min != nil {
		least = int64(*s.Min)
	}
	if s.Max != nil && *s.Max < math.MaxInt64 {
		most = int64(*s.Max)
	}
	switch g.IntN(10) {
	case 0:
		return most
	case 1:
		return min(most, max(least, 1+g.Int64N(3)))
	case 2:
		break
	default: // 1 of what there is, so that many purchases succeed
		return least
	}
	return min(most, max(least, g.Int64()>>g.IntN(63)))
}

// text draws a string that fits length and pattern, of characters that are likely to
// make trouble.
func (g generator) text(s *openapi3.Schema, plain bool) string {
	characters := []rune("aZ09 -_/%?#\"\\'<&;\u0000\u001f\n\t\u007f\u0080é鍵\ufeff\u202e\U0001f600")
	switch {
	case plain:
		characters = []rune("aZ09-_/%?#\"\\'<&;=+")
	case strings.Contains(s.Pattern, "[0-9]"):
		characters = []rune("0123456789")
	}
	most := 40
	if s.MaxLength != nil {
		most = int(*s.MaxLength)
	}
	if strings.Contains(s.Pattern, "18") {
		most = 18
	}
	n := g.IntN(most/2 + 1) // kin-openapi counts some characters twice
	if plain && g.IntN(3) == 0 {
		n = most
	}
	text := make([]rune, max(n, int(s.MinLength)))
	for i := range text {
		text[i] = characters[g.IntN(len(characters))]
	}
	return string(text)
}

// damage changes one thing of a request, perhaps to something valid. It reports whether
// there was one.
func (g generator) damage(r *generated) bool {
	junk := []any{nil, -1, 0, 1.5, "1", true, []any{}, map[string]any{}, json.RawMessage("1e30"), json.RawMessage("9223372036854775808"),
		strings.Repeat("x", 256), "a\ufffd", ""}
	at := r.body
	if at == nil {
		if len(r.query) == 0 {
			return false
		}
		for _, name := range slices.Sorted(maps.Keys(r.query)) {
			r.query.Set(name, []string{"0", "-1", "1001", "x", "1.5", "99999999999999999999", strconv.Itoa(g.IntN(1000))}[g.IntN(7)])
		}
		return true
	}
	if g.IntN(8) == 0 && r.path == "/purchase" {
		r.header["Lab-Run"] = strings.Repeat("t", 128+g.IntN(2))
		return true
	}
	for range 2 { // into the items of lists
		for _, member := range []string{"users", "products"} {
			if items, _ := at[member].([]any); len(items) > 0 && g.IntN(2) == 0 {
				at = items[g.IntN(len(items))].(map[string]any)
			}
		}
	}
	names := slices.Sorted(maps.Keys(at))
	if len(names) == 0 {
		return false
	}
	name := names[g.IntN(len(names))]
	if g.IntN(3) == 0 {
		delete(at, name)
	} else {
		at[name] = junk[g.IntN(len(junk))]
	}
	return true
}
