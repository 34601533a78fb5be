// Package echo has a service for tests that echoes a secret in many encodings and at
// many places of its answers, and finds what is left of the secret in a text.
package echo

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"strings"
)

// SecretEncoding is a way in which a service may write a secret into its answer: as it
// is, escaped, or in base64 for example.
type SecretEncoding struct {
	Name   string
	Encode func(string) string
}

// Encodings lists the ways.
var Encodings = []SecretEncoding{
	{"plain", func(s string) string { return s }},
	{"upper", strings.ToUpper},
	{"lower", strings.ToLower},
	{"JSON", quoted},
	{"JSON in JSON", func(s string) string { return quoted(quoted(s)) }},
	{"u escapes", func(s string) string { return each(`\u%04x`, s) }},
	{"some u escapes", func(s string) string { return some(`\u%04X`, s) }},
	{"x escapes", func(s string) string { return each(`\x%02x`, s) }},
	{"octal escapes", func(s string) string { return each(`\%03o`, s) }},
	{"slashes", func(s string) string { return strings.ReplaceAll(s, "/", `\/`) }},
	{"percent", url.QueryEscape},
	{"percent path", url.PathEscape},
	{"all percent", func(s string) string { return each("%%%02X", s) }},
	{"some percent", func(s string) string { return some("%%%02x", s) }},
	{"percent twice", func(s string) string { return url.QueryEscape(url.QueryEscape(s)) }},
	{"HTML", html.EscapeString},
	{"HTML decimal", func(s string) string { return each("&#%d;", s) }},
	{"HTML hex", func(s string) string { return each("&#x%x;", s) }},
	{"HTML named", strings.NewReplacer("+", "&plus;", "/", "&sol;", "=", "&equals;", "_", "&lowbar;", ".", "&period;").Replace},
	{"base64", base64Of},
	{"base64 raw", func(s string) string { return base64.RawStdEncoding.EncodeToString([]byte(s)) }},
	{"base64url", func(s string) string { return base64.URLEncoding.EncodeToString([]byte(s)) }},
	{"base64 at 1", func(s string) string { return base64Of("x" + s + "y") }},
	{"base64 at 2", func(s string) string { return base64Of("xy" + s + "zz") }},
	{"base64url at 1", func(s string) string { return base64.URLEncoding.EncodeToString([]byte("?" + s)) }},
	{"base64 of JSON", func(s string) string { return base64Of(`{"auth":"` + s + `"}`) }},
	{"base64 in lines", func(s string) string { return Wrapped(base64Of(s), 16, "\r\n") }},
	{"base64 twice", func(s string) string { return base64Of("a" + base64Of("b"+s)) }},
	{"hex", hexOf},
	{"HEX", func(s string) string { return strings.ToUpper(hexOf(s)) }},
	{"hex, colons", func(s string) string { return strings.TrimSuffix(each("%02x:", s), ":") }},
	{"hex, spaces", func(s string) string { return each("%02x ", s) }},
	{"hex of base64", func(s string) string { return hexOf(base64Of(s)) }},
	{"base64 of hex", func(s string) string { return base64Of(hexOf(s)) }},
	{"in lines", func(s string) string { return Wrapped(s, 9, "\n    ") }},
	{"in JSON lines", func(s string) string { return Wrapped(s, 9, `\r\n`) }},
	{"UTF-16", func(s string) string { return each("%c\x00", s) }},
	{"doubled", func(s string) string { return s + s }},
	{"cut", func(s string) string { return s[:len(s)/2] }},
	{"end", func(s string) string { return s[len(s)/2:] }},
	{"in two", func(s string) string { return s[:len(s)/2] + `…", "` + s[len(s)/2:] }},
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func hexOf(s string) string { return hex.EncodeToString([]byte(s)) }

func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		panic(err)
	}
	return string(b)
}

// each returns every character of s as format writes it.
func each(format, s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

// some returns every third character of s as format writes it, and the others as they are.
func some(format, s string) string {
	var b strings.Builder
	for i, c := range []byte(s) {
		if i%3 == 0 {
			fmt.Fprintf(&b, format, c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}

// Wrapped returns s in lines of n characters that end with end.
func Wrapped(s string, n int, end string) string {
	var b strings.Builder
	for ; len(s) > n; s = s[n:] {
		b.WriteString(s[:n] + end)
	}
	return b.String() + s
}
