package acp

import (
	"bytes"
	"testing"
)

func TestEqual(t *testing.T) {
	for _, tt := range []struct {
		a, b  string
		equal bool
	}{
		{`{"a":1,"b":[1,2]}`, "\t{ \"b\" : [1, 2],\r\n\"a\" : 1 }", true},
		{`{"a":{"x":1,"y":2}}`, `{"a":{"y":2,"x":1}}`, true},
		{`{"a":1}`, `{"a":1.0}`, true},
		{`{"a":1}`, `{"a":1.000e0}`, true},
		{`{"a":100}`, `{"a":1E+2}`, true},
		{`{"a":0.5}`, `{"a":5e-1}`, true},
		{`{"a":0}`, `{"a":-0.0}`, true},
		{`{"a":12345678901234567890123}`, `{"a":12345678901234567890123.0}`, true},
		{`{"a":9007199254740993}`, `{"a":9007199254740992}`, false}, // which are one float64
		{`{"a":1}`, `{"a":"1"}`, false},
		{`{"a":1}`, `{"a":-1}`, false},
		{`{"a":null}`, `{}`, false},
		{`{"a":null}`, `{"a":false}`, false},
		{`{"a":[]}`, `{"a":null}`, false},
		{`{"a":""}`, `{}`, false},
		{`[1,2]`, `[2,1]`, false},
		{`[1,1]`, `[1]`, false},
		{`{"a":"\u0041\/"}`, `{"a":"A/"}`, true},
		{`{"a":"<&>"}`, `{"a":"\u003c\u0026\u003e"}`, true},
		{`{"\u0061":1}`, `{"a":1}`, true},
		{`{"a":1,"a":2}`, `{"a":2}`, true},
		{"{\"a\":\"\u00e9\"}", "{\"a\":\"e\u0301\"}", false}, // no normalisation of Unicode
		{``, ``, true},
		{``, `{}`, false},
		{`{"a":1} x`, `{"a":1}`, false},
		{`not JSON`, `not JSON`, true},
		{`not JSON`, `not  JSON`, false},
		{"{\"a\":\"\xff\"}", "{\"a\":\"\xfe\"}", false},
	} {
		if got := Equal([]byte(tt.a), []byte(tt.b)); got != tt.equal {
			t.Errorf("Equal(%q, %q) = %t", tt.a, tt.b, got)
		}
		if got := Equal([]byte(tt.b), []byte(tt.a)); got != tt.equal {
			t.Errorf("Equal(%q, %q) = %t", tt.b, tt.a, got)
		}
	}
}

func TestCanonical(t *testing.T) {
	for text, want := range map[string]string{
		`{"b":1.50,"a":[true,null,"x<y"],"c":-0.0}`: `{"a":[true,null,"x<y"],"b":15e-1,"c":0}`,
		` 120 `: `120`, `1e30`: `1e30`, `-12.30`: `-123e-1`,
	} {
		if got, err := Canonical([]byte(text)); err != nil || string(got) != want {
			t.Errorf("Canonical(%s) = %s, %v; want %s", text, got, err, want)
		}
	}
	for _, text := range []string{``, `{`, `{} {}`, `1e9999999999999999`, "\"\xff\""} {
		if got, err := Canonical([]byte(text)); err == nil {
			t.Errorf("Canonical(%q) = %s, want an error", text, got)
		}
	}
}

// FuzzCanonical: the canonical text of a value is its own canonical text, and Equal to the value.
func FuzzCanonical(f *testing.F) {
	for _, text := range []string{`{"a":1.0,"b":[null,"\u0061"]}`, `1e-7`, `-0`, `{"a":{"a":{}}}`, "\"\\ud800\"", `1e9999999999999999`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		once, err := Canonical(text)
		if err != nil {
			return
		}
		twice, err := Canonical(once)
		if err != nil || !bytes.Equal(once, twice) {
			t.Errorf("Canonical(%q) = %q, of which it is %q, %v", text, once, twice, err)
		}
		if !Equal(text, once) {
			t.Errorf("%q is not Equal to its canonical text %q", text, once)
		}
	})
}
