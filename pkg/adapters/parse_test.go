package adapters

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

func TestExampleParses(t *testing.T) {
	f, err := Parse("example.yaml", Example(), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := purchase.Offers{Keys: true, Health: true, Orders: true, Order: true, Product: true, User: true, Ledger: true}
	if f.Offers() != want || f.String() != "example shop" || f.Contents() != string(Example()) || len(f.Secrets()) != 0 {
		t.Errorf("the example is %q and offers %+v, want %+v", f, f.Offers(), want)
	}
	if offers := purchase.OffersOf(f); offers != want {
		t.Errorf("a client sees %+v, want %+v", offers, want)
	}
}

// TestExampleOfAWrongPath: an answer without a code is no refusal to the example.
func TestExampleOfAWrongPath(t *testing.T) {
	f := parse(t, string(Example()), nil)
	for _, tt := range []struct {
		status int
		body   string
		want   purchase.Meaning
	}{
		{404, "", purchase.MeansUnclear}, {404, "404 page not found\n", purchase.MeansUnclear}, {404, `{"message":"no such route"}`, purchase.MeansUnclear},
		{404, `{"code":"unknown_user"}`, purchase.MeansInvalid}, {400, `{"code":"bad_count"}`, purchase.MeansInvalid}, {422, `{"code":"idempotency_conflict"}`, purchase.MeansKeyReused},
	} {
		if got := f.Read(purchase.Call{}, retry.Attempt{Status: tt.status, Body: []byte(tt.body)}); got.Meaning != tt.want {
			t.Errorf("HTTP %d %s is %s, want %s", tt.status, tt.body, got.Meaning, tt.want)
		}
	}
}

// least is the smallest file, with more parts after it.
func least(more string) string {
	return "purchase:\n  send: POST /orders\n  means: [{http: 2xx, is: confirmed}]\n" + more
}

// with is a file whose part purchase has more members.
func with(members string) string {
	return "purchase:\n  means: [{http: 2xx, is: confirmed}]\n" + members
}

func TestLeastFile(t *testing.T) {
	f := parse(t, least(""), nil)
	if got := f.Offers(); got != (purchase.Offers{}) {
		t.Errorf("the smallest file offers %+v, want nothing: no key stands in its request", got)
	}
}

// TestByteOrderMark: editors begin a file with it, and its contents are recorded as they are.
func TestByteOrderMark(t *testing.T) {
	text := "\ufeff" + least("name: café\n")
	if f := parse(t, text, nil); f.String() != "café" || f.Contents() != text {
		t.Errorf("a file with a byte order mark is read as %q with the contents %q", f, f.Contents())
	}
}

// parse reads a file that has nothing wrong.
func parse(t testing.TB, text string, vars map[string]string) *File {
	t.Helper()
	f, err := Parse("shop.yaml", []byte(text), vars)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return f
}

func TestFaultsAreNamedWhereTheyStand(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "shop.yaml:1:1: the file has 0 documents"},
		{"a: b\n---\nc: d\n", "2 documents"},
		{strings.Repeat("#", maxBytes+1), "shop.yaml:1:1: the file is too large, want at most 65536 bytes"},
		{"\xff\xfep\x00u\x00r\x00", "shop.yaml:1:1: the file is in UTF-16: save it as UTF-8"},
		{"\xfe\xff\x00p\x00u\x00r", "shop.yaml:1:1: the file is in UTF-16: save it as UTF-8"},
		{least("# a caf\u00e9\nname: é caf\xe9\n"), "shop.yaml:5:12: the file is not UTF-8: it has the byte 0xe9 there; save it as UTF-8"},
		{"\ufeff" + least("purchas: 1\n"), `shop.yaml:4:1: purchas: "purchas" is unknown`},
		{"- a\n", "is a list, want a mapping"},
		{"name: x\n", "has no purchase"},
		{"purchase: [\n", "the file is no valid YAML"},
		{"purchase: {}\n", "purchase: has no send"},
		{"purchase: {send: POST /x}\n", "purchase: has no means"},
		{"purchase:\n  send: POST /x\n  send: POST /y\n", "the file is no valid YAML"},
		{least("purchas: 1\n"), `shop.yaml:4:1: purchas: "purchas" is unknown, did you mean purchase?`},
		{least("qqqqqqqq: 1\n"), "want one of balance, header"},
		{least("steps: []\n"), "shop.yaml:4:8: steps: the file has a purchase, too"},
		{least("poll: {}\n"), "poll: has no get"},
		{with("  keep: {a: b}\n  send: POST /x\n"), "shop.yaml:3:9: purchase.keep: has no use here"},
		{with("  send: POST\n"), `shop.yaml:3:9: purchase.send: "POST" is no METHOD with a path, want such as POST /orders`},
		{with("  send: POST orders\n"), `the path "orders" does not begin with /`},
		{with("  send: POST http://127.0.0.1:1/orders\n"), "give the path alone"},
		{with("  send: POST /or ders\n"), "is no path"},
		{with("  send: POST /a#b\n"), "is no path"},
		{with("  send: post /a\n"), "is no METHOD"},
		{with("  send: POST /{{.Order}}\n"), "{{.Order}} has no value here, want {{.User}}, {{.Product}}"},
		{with("  send: POST /{{.User\n"), "a {{ has no }}"},
		{with("  send: POST /{{if .User}}x{{end}}\n"), "no condition, loop, pipe or other function"},
		{with("  send: POST /{{.User | printf}}\n"), "no condition, loop, pipe or other function"},
		{with("  send: POST /{{range .User}}\n"), "no condition, loop, pipe or other function"},
		{with("  send: POST /{{json .User}}\n"), "{{json …}} stands in json: only"},
		{with("  send: POST /{{.Var.token}}\n"), "the environment variable SAGALAB_VAR_token is not set"},
		{with("  send: POST /x\n  json: {user: 1}\n"), "want JSON as a text in quotes"},
		{with("  send: POST /x\n  json: '{\"user\": }'\n"), "shop.yaml:4:9: purchase.json: is no JSON"},
		{with("  send: POST /x\n  json: '{\"user\": 1{{.User}}}'\n"), "is no JSON"},
		{with("  send: POST /x\n  json: '{ {{.User}}: 1}'\n"), "is no JSON"},
		{with("  send: POST /x\n  json: '{\"user\": \"{{json .User}}\"}'\n"), "brings its own quotes"},
		{with("  send: POST /x\n  json: '{\"user\": \"\\{{.User}}\"}'\n"), "after a backslash"},
		{with("  send: POST /x\n  json: '1'\n  form: {a: b}\n"), "has json and form"},
		{with("  send: GET /x\n  json: '1'\n"), "a GET has no body"},
		{with("  send: POST /x\n  body: <a/>\n"), "needs type:"},
		{with("  send: POST /x\n  type: text/xml\n"), "is there without a body"},
		{with("  send: POST /x\n  json: '1'\n  type: text/xml\n"), "is no type of JSON"},
		{with("  send: POST /x\n  header: {Content-Type: a/b}\n"), "Content-Type cannot be set"},
		{with("  send: POST /x\n  header: {'a b': c}\n"), `"a b" is no name of a header`},
		{with("  send: POST /x\n  header: {X-A: \"a\\nb\"}\n"), "has a control character"},
		{with("  send: POST /x\n  header: {Authorization: Bearer abc}\n"), "a secret in a file is stored with each run"},
		{with("  send: POST /x\n  key: required\n"), "{{.Key}} stands nowhere in the request"},
		{with("  send: POST /x\n  key: maybe\n"), "want required, optional or none"},
		{with("  send: POST /{{.Key}}\n  key: none\n"), "remove one of them"},
		{with("  send: POST /x\n  order: \"\"\n"), "the path is empty"},
		{with("  send: POST /x\n  order: {after: x}\n"), "has no path"},
		{with("  send: POST /x\n  order: {path: a, header: B}\n"), "has a path and a header"},
		{with("  send: POST /x\n  amount: {path: a, times: 0}\n"), `"0" is no integer from 1`},
		{with("  send: POST /x\n  amount: {pth: a}\n"), "did you mean path?"},
		{"purchase:\n  send: POST /x\n  means: confirmed\n", "want a list such as"},
		{"purchase:\n  send: POST /x\n  means: []\n", "has no rules"},
		{"purchase:\n  send: POST /x\n  means: [{http: 2xx}]\n", "purchase.means[0]: has no is:"},
		{"purchase:\n  send: POST /x\n  means: [{http: 2xx, is: confirmd}]\n", "shop.yaml:3:27: purchase.means[0].is: \"confirmd\" is no meaning of an answer, did you mean confirmed?"},
		{"purchase:\n  send: POST /x\n  means: [{http: 2xx, is: not_sent}]\n", "is no meaning"},
		{"purchase:\n  send: POST /x\n  means: [{http: 99, is: confirmed}]\n", "is no HTTP status"},
		{"purchase:\n  send: POST /x\n  means: [{http: 500-400, is: confirmed}]\n", "is no HTTP status"},
		{"purchase:\n  send: POST /x\n  means: [{body: full, is: confirmed}]\n", "is no kind of body"},
		{"purchase:\n  send: POST /x\n  means: [{body: empty, when: {a: b}, is: confirmed}]\n", "when: is about JSON"},
		{"purchase:\n  send: POST /x\n  means: [{when: {\"\": b}, is: confirmed}]\n", "the path is empty"},
		{"purchase:\n  send: POST /x\n  means: [{when: {a: {b: c}}, is: confirmed}]\n", "want exists, absent"},
		{"purchase:\n  send: POST /x\n  means: [{is: refused, reason: {form: a}}]\n", "did you mean from?"},
		{"purchase:\n  send: POST /x\n  means: [{when: {a: \"{{.User}}\"}, is: confirmed}]\n", "no value can stand here"},
		{"purchase:\n  send: POST /x\n  means: [{is: refused, reason: \"{{.User}}\"}]\n", "no value can stand here"},
		{"name: \"{{.Var.x}}\"\n", "no value can stand here"},
		{least("orders: {get: /o}\n"), "orders: has no rows"},
		{least("orders: {rows: a}\n"), "orders: has no get"},
		{least("orders: {get: /o, rows: a, status: b}\n"), "orders: has no id"},
		{least("orders: {get: /o, rows: a, id: b}\n"), "orders: has no status"},
		{least("orders: {get: /o, rows: a, id: b, status: c, map: {x: DONE}}\n"), "want CONFIRMED, CANCELLED, PENDING or COMPENSATING"},
		{least("orders: {get: \"/o?a={{.After}}\", rows: a, id: b, status: c}\n"), "add next:"},
		{least("orders: {get: /o, rows: a, id: b, status: c, next: {page: p, path: q}}\n"), "want {path: …}"},
		{least("order: {get: /o, id: b, status: c}\n"), "{{.Order}} stands nowhere in the request"},
		{least("stock: {get: \"/s/{{.Product}}\", value: '#(a%\"{{.Product}}*\")'}\n"), "cannot stand in a pattern"},
		{least("stock: {get: \"/s/{{.Product}}\"}\n"), "stock: has no value"},
		{least("balance: {get: \"/s/{{.Product}}\", value: a}\n"), "{{.Product}} has no value here, want {{.User}}"},
		{least("ledger: {get: /l, rows: a, id: a, order: b, kind: c}\n"), "ledger: has no amount"},
		{least("reads_lag: soon\n"), "is no duration"},
		{least("health: [a]\n"), "is a list, want one text"},
		{least("reset: /x\n"), "is no METHOD with a path"},
		{least("name: &a x\n"), "anchors, aliases and tags"},
		{least("orders:\n  <<: *a\n"), ""},
		{strings.Repeat("#", maxBytes+1), "want at most 65536"},
		{"purchase: " + strings.Repeat("[", 5000), "nested deeper than 100"},
	} {
		_, err := Parse("shop.yaml", []byte(tt.text), nil)
		if fileError := (*Error)(nil); !errors.As(err, &fileError) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%.300s\ngave %v\nwant %q", tt.text, err, tt.want)
		}
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	_, err := Parse("shop.yaml", []byte("purchase:\n  sned: POST /x\n  json: '{'\n  means: [{http: 1, is: yes}]\nstok: {}\n"), nil)
	var e *Error
	if !errors.As(err, &e) || len(e.Problems) < 5 {
		t.Fatalf("%v, want at least 5 problems", err)
	}
	for i := range e.Problems[1:] {
		if e.Problems[i].Line > e.Problems[i+1].Line {
			t.Errorf("problems are not in the order of the file:\n%v", err)
		}
	}
}

func TestManyFaultsAreCounted(t *testing.T) {
	var b strings.Builder
	for i := range 50 {
		fmt.Fprintf(&b, "unknown%d: 1\n", i)
	}
	_, err := Parse("shop.yaml", []byte(b.String()), nil)
	if text := fmt.Sprint(err); strings.Count(text, "\n") != maxProblems || !strings.Contains(text, "and 30 more") {
		t.Errorf("%v, want %d problems and how many more there are", err, maxProblems)
	}
}

func TestRulesAreBounded(t *testing.T) {
	text := func(n int) []byte {
		return []byte("purchase:\n  send: POST /x\n  means:\n" + strings.Repeat("  - {is: confirmed}\n", n))
	}
	if _, err := Parse("shop.yaml", text(maxRules), nil); err != nil {
		t.Error(err)
	}
	if _, err := Parse("shop.yaml", text(maxRules+1), nil); err == nil || !strings.Contains(err.Error(), "want at most 1000") {
		t.Errorf("%d rules: %v", maxRules+1, err)
	}
}

// TestOpen reads a file with a variable of the environment, which is a secret and no part of
// the contents; variables with other names cannot be read.
func TestOpen(t *testing.T) {
	t.Setenv("SAGALAB_VAR_token", "s3cr3t")
	t.Setenv("SAGALAB_VAR_other", "unused")
	path := filepath.Join(t.TempDir(), "shop.yaml")
	text := "header: {Authorization: \"Bearer {{.Var.token}}\"}\n" + least("")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := f.Request(purchase.Call{})
	if err != nil || len(r.Headers) != 1 || r.Headers[0].Value != "Bearer s3cr3t" {
		t.Errorf("the request is %+v, %v; want the token in its header", r, err)
	}
	if s := f.Secrets(); len(s) != 1 || s[0] != "s3cr3t" || strings.Contains(f.Contents(), "s3cr3t") || f.String() != "shop.yaml" || f.Vars()["token"] != "s3cr3t" {
		t.Errorf("%s has the secrets %q and the contents %q", f, s, f.Contents())
	}
	if _, err := Open(path + "2"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	t.Setenv("HOME_TOKEN", "x")
	if _, err := Parse("shop.yaml", []byte("header: {A: \"{{.Var.HOME_TOKEN}}\"}\n"+least("")), Environment()); err == nil || !strings.Contains(err.Error(), "SAGALAB_VAR_HOME_TOKEN is not set") {
		t.Errorf("a variable without the prefix: %v", err)
	}
	if _, err := Parse("shop.yaml", []byte(text), map[string]string{"token": "a\r\nB: c"}); err == nil || !strings.Contains(err.Error(), "control character") {
		t.Errorf("a variable with a line feed in a header: %v", err)
	}
}

// FuzzParse: whatever the file has, Parse returns, and what it accepts makes requests that
// can be sent or an error.
func FuzzParse(f *testing.F) {
	f.Add(string(Example()))
	f.Add(least("orders: {get: /o, rows: \"@this\", id: id, status: s, next: {page: p}}\n"))
	f.Add(with("  send: POST /{{.Key}}?a={{.User}}\n  form: {a: \"{{.Product}}\"}\n"))
	f.Add("a: [b, {c: d}]\n<<: *x\n? e\n: !f g\n")
	f.Add(stepFile)
	f.Add(keptEverywhere)
	f.Add("login: {send: \"POST /l/{{.User}}\", keep: {token: {header: X}}}\nsteps: [{name: a, send: \"PUT /{{.Keep.token}}\", keep: {b: c}, key: required}]\npoll: {get: /p}\n")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := Parse("shop.yaml", []byte(text), map[string]string{"token": "s3cr3t"})
		if err != nil {
			return
		}
		c := purchase.Call{Purchase: purchase.Request{UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4}, Key: "k", Attempt: 1}
		if file.Steps() != nil || file.Offers().Login {
			checkSteps(t, file, c)
			return
		}
		r, err := file.Request(c)
		if err == nil {
			err = r.Validate()
		}
		if err != nil {
			t.Errorf("%v\n%s", err, text)
		}
	})
}

// checkSteps checks what a file makes of all its parts when each answer had all that it keeps.
func checkSteps(t *testing.T, file *File, c purchase.Call) {
	c.Kept, c.Order = map[string]string{}, "o"
	for _, b := range append([]buying{{keep: keptBy(file)}}, file.steps...) {
		for _, k := range b.keep {
			c.Kept[k.name] = "v"
		}
	}
	var list []retry.Request
	for _, name := range append([]string{""}, file.Steps()...) {
		c.Step = name
		r, err := file.Request(c)
		list = append(list, r)
		if err != nil {
			t.Errorf("step %q: %v\n%s", name, err, file.Contents())
		}
	}
	if file.login != nil {
		r, err := file.Login(1)
		list = append(list, r)
		if err != nil {
			t.Errorf("%v\n%s", err, file.Contents())
		}
	}
	if file.poll != nil {
		r, err := file.Poll(c)
		list = append(list, r)
		if err != nil {
			t.Errorf("%v\n%s", err, file.Contents())
		}
	}
	for _, r := range list {
		if err := r.Validate(); err != nil {
			t.Errorf("%v\n%s", err, file.Contents())
		}
	}
}

// keptBy returns what the login of a file keeps.
func keptBy(file *File) []keeping {
	if file.login == nil {
		return nil
	}
	return file.login.keep
}

// TestCommentedPartsOfTheExample: the parts in comments can be taken as they stand, in the place
// of purchase.
func TestCommentedPartsOfTheExample(t *testing.T) {
	text := string(Example())
	from, to := strings.Index(text, "# A purchase of several requests"), strings.Index(text, "# What can be read of")
	if from < 0 || to < from {
		t.Fatal("the example has no steps")
	}
	var parts strings.Builder
	for line := range strings.Lines(text[from:to]) {
		if member := strings.TrimPrefix(line, "# "); strings.HasPrefix(member, " ") || strings.HasPrefix(member, "steps:") || strings.HasPrefix(member, "login:") || strings.HasPrefix(member, "poll:") {
			parts.WriteString(member)
		}
	}
	f := parse(t, parts.String()+text[to:], map[string]string{"password": "s3cr3t"})
	if o := f.Offers(); len(f.Steps()) != 2 || !o.Poll || !o.Login || !o.Orders || len(f.Hints()) != 0 {
		t.Errorf("the steps are %q, the offers %+v, the hints %q", f.Steps(), o, f.Hints())
	}
}
