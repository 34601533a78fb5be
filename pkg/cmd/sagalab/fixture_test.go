package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

const smallFixture = `{"users":[{"user_id":1,"balance":100000}],"products":[{"product_id":1,"price":10,"stock":500}]}`

func TestParseFixture(t *testing.T) {
	want := purchase.Fixture{Users: []purchase.FixtureUser{{UserID: 1, Balance: 100000}}, Products: []purchase.FixtureProduct{{ProductID: 1, Price: 10, Stock: 500}}}
	if got, err := parseFixture([]byte(smallFixture)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("parseFixture = %+v, %v; want %+v", got, err, want)
	}
	for _, tt := range []struct{ text, want string }{
		{``, "not a JSON object"},
		{`[]`, "not a JSON object"},
		{`{"users":[],"products":[]`, "ends too early"},
		{`{"users":[],"products":[]} {}`, "something follows"},
		{"{\"users\":[],\"products\":[],\"\xff\":1}", "UTF-8"},
		{`{"users":[]}`, "missing: products"},
		{`{"users":null,"products":[]}`, "missing: users"},
		{`{"users":[{"user_id":1}],"products":[{}]}`, "missing: users[0].balance, products[0].product_id, products[0].price, products[0].stock"},
		{`{"Users":[],"products":[]}`, `"Users" is unknown`},
		{`{"users":[],"users":[],"products":[]}`, "twice"},
		{`{"users":[{"user_id":1,"balance":1,"stock":1}],"products":[]}`, "stock"},
		{`{"users":[{"user_id":1,"balance":1.5}],"products":[]}`, "1.5"},
		{`{"users":[{"user_id":1.5,"balance":1}],"products":[]}`, "user_id"},
		{`{"users":[{"user_id":"","balance":1}],"products":[]}`, "users[0].user_id is 0"},
		{`{"users":[{"user_id":"a","balance":1},{"user_id":"a","balance":1}],"products":[]}`, "users[1].user_id is a, which another user has"},
		{`{"users":[{"user_id":1,"balance":-1}],"products":[{"product_id":1,"price":0,"stock":1}]}`, "users[0].balance is -1, want at least 0\nproducts[0].price is 0"},
		{`{"users":` + strings.Repeat("[", 100000), "nested more than"},
	} {
		if _, err := parseFixture([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("parseFixture(%.100s) = %v, want %q", tt.text, err, tt.want)
		}
	}
}

// TestFixtureOfTexts: ids are numbers or strings.
func TestFixtureOfTexts(t *testing.T) {
	want := purchase.Fixture{Users: []purchase.FixtureUser{{UserID: purchase.TextID("alice"), Balance: 5}, {UserID: 7, Balance: 6}}, Products: []purchase.FixtureProduct{{ProductID: purchase.TextID("sku_1"), Price: 10, Stock: 500}}}
	const text = `{"users":[{"user_id":"alice","balance":5},{"user_id":"7","balance":6}],"products":[{"product_id":"sku_1","price":10,"stock":500}]}`
	if got, err := parseFixture([]byte(text)); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("parseFixture = %+v, %v; want %+v", got, err, want)
	}
}

// FuzzParseFixture: what is accepted is valid, and is read back the same.
func FuzzParseFixture(f *testing.F) {
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseFixture(text)
		if err != nil {
			return
		}
		if err := got.Validate(); err != nil {
			t.Errorf("an invalid fixture was accepted: %v", err)
		}
		if again, err := parseFixture(fixtureJSON(t, got)); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("%+v is read back as %+v, %v", got, again, err)
		}
	})
}

func TestFixtureOf(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for flag, want := range map[string]string{"": "", "cases": "cases", "plenty": "plenty", "plenty:1000x20": "plenty:1000x20", "plenty:26000x1": "plenty:26000x1", "plenty:1x20000": "plenty:1x20000", write("small.json", smallFixture): "small.json"} {
		if name, fixture, err := fixtureOf(flag); name != want || err != nil || (fixture == nil) != (flag == "") {
			t.Errorf("--fixture %s: %q, %v, %v; want the name %q", flag, name, fixture, err, want)
		}
	}
	for flag, want := range map[string]string{
		"zoo":                           "want one of cases, plenty, plenty:USERSxPRODUCTS, or a JSON file",
		dir:                             "it is a directory",
		"plenty:9":                      `"9" is no size, want USERSxPRODUCTS`,
		"plenty:0x5":                    "is no size",
		"plenty:5x-1":                   "is no size",
		"plenty:99999x1":                "PUT /lab/scenario takes 1048576",
		"plenty:27000x1":                "is too large",
		"plenty:1x21000":                "at most about 26000 users, or 20000 products",
		"plenty:9223372036854775807x1":  `"9223372036854775807x1" is too large`,
		"plenty:1x99999999999999999999": "is too large",
		write("bad.json", "{}"):         "missing: users, products",
		write("large.json", strings.Repeat(" ", inputBytesMax+1)): "more than 1048576 bytes",
	} {
		if _, _, err := fixtureOf(flag); err == nil || !strings.Contains(err.Error(), "--fixture ") || !strings.Contains(err.Error(), want) {
			t.Errorf("--fixture %s: %v, want %q", flag, err, want)
		}
	}
}

// TestRenamedFlags: a former flag works and names its successor, on one line of stderr; both together are refused.
func TestRenamedFlags(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	api := reference(t)
	fixture := filepath.Join(t.TempDir(), "small.json")
	if err := os.WriteFile(fixture, []byte(smallFixture), 0o644); err != nil {
		t.Fatal(err)
	}
	out, log, code, err := invoke(t, "load", "--api", api, "--scene", fixture, "--stage", "light:5x1", "--waits", "1ms")
	if code != 0 || strings.Count(log, "--scene is now --fixture\n") != 1 || strings.Count(log, "--waits is now --backoff\n") != 1 {
		t.Errorf("load with former flags: code %d, %v\n%s%s", code, err, out, log)
	}
	if out, _, _, err := invoke(t, "runs", "show", "last"); err != nil || !strings.Contains(out, "fixture small.json") {
		t.Errorf("runs show: %v\n%s\nwant the fixture's name", err, out)
	}
	if _, _, code, err := invoke(t, "load", "--api", api, "--scene", "plenty", "--fixture", "cases", "--stage", "light:5x1"); code != 3 || !strings.Contains(err.Error(), "give --fixture only") {
		t.Errorf("load with a flag under both names: code %d, %v; want it refused", code, err)
	}
	if out, _, _, err := invoke(t, "load", "--help"); err != nil || strings.Contains(out, "--scene") || !strings.Contains(out, "--fixture") {
		t.Errorf("load --help: %v\n%s\nwant --fixture only", err, out)
	}
}

func fixtureJSON(t *testing.T, f purchase.Fixture) []byte {
	t.Helper()
	if f.Users == nil {
		f.Users = []purchase.FixtureUser{}
	}
	if f.Products == nil {
		f.Products = []purchase.FixtureProduct{}
	}
	text, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
