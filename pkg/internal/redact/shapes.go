package redact

import (
	"bytes"
	"encoding/base64"
	"regexp"
	"strings"
)

// shapeWords are the beginnings of shapes, besides the @ of a URL with a password. Each is
// at least gramLength + 1 characters long: the filter looks at every second gram. Those
// with eyJ are the first members of a JSON Web Token's header, in base64.
var shapeWords = []string{"eyJhbGci", "eyJ0eXAi", "eyJraWQi", "eyJlbmMi", "eyJjdHki", "eyJ6aXAi", "eyJqa3Ui", "eyJqd2si", "eyJ4NX", "eyJiNjQi", "eyJjcml0",
	"bearer", "basic", "-----begin", "authorization", "passw", "passphrase", "secret", "api_key", "api-key", "apikey", "_token", "-token", "accesstoken", "authtoken"}

// shape is a form of text that a secret has: group 1 of the pattern is removed when
// secret says so.
type shape struct {
	word    string // is in each such text, in small letters
	pattern *regexp.Regexp
	secret  func(text string) bool // nil for always
}

const credential = `[A-Za-z0-9._~+/=:-]{8,}`

var shapes = []shape{
	{"bearer", regexp.MustCompile(`(?i)\bbearer["']?[\s:=+]+["']?(` + credential + `)`), random},
	{"basic", regexp.MustCompile(`(?i)\bbasic["']?[\s:=+]+["']?([A-Za-z0-9+/_-]{6,}={0,2})`), userAndPassword},
	{"-----begin", regexp.MustCompile(`(-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[A-Za-z0-9+/=\s:,-]*)`), nil},
	{"eyj", regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{8,}\.(?:eyJ[A-Za-z0-9_-]*|[A-Za-z0-9_-]*\.[A-Za-z0-9_-]+)(?:\.[A-Za-z0-9_-]*)*)`), nil},
	{"authorization", regexp.MustCompile(`(?i)\bauthorization["']?\s*[:=]\s*["']?((?:bearer|basic|digest|token|apikey|api-key|negotiate|ntlm|hmac|aws4-hmac-sha256)\s+[^"'\r\n<>]+)`), nil},
	{"authorization", regexp.MustCompile(`(?i)\bauthorization["']?\s*[:=]\s*["']?(` + credential + `)`), long},
	{"", regexp.MustCompile(`(?i)(?:password|passwd|passphrase|secret|api[_-]?key|(?:access|refresh|auth|session|id|api)[_-]?token)["']?(?:\s*:\s*["']|:|\s*=\s*["']?)([^\s"'&<>,;})\]]{4,}|[^"'\r\n]{4,}["'])`), unmarked},
	{"://", regexp.MustCompile(`(?i)\b[a-z][a-z0-9+.-]*://[^\s/?#"'<>@:]*:([^\s/?#"'<>@]+)@`), unmarked},
}

// findShapes appends the ranges of v's source that look like secrets.
func findShapes(spans []span, v view) []span {
	lower := bytes.ToLower(v.text)
	if len(lower) != len(v.text) { // characters whose small form has another length; only presence matters
		lower = fold(v.text)
	}
	for _, s := range shapes {
		if !bytes.Contains(lower, []byte(s.word)) {
			continue
		}
		for _, m := range s.pattern.FindAllSubmatchIndex(v.text, -1) {
			from, to := m[2], m[3]
			for to > from && (v.text[to-1] == '"' || v.text[to-1] == '\'' || v.text[to-1] == '\\') { // the quote after a value
				to--
			}
			if to > from && (s.secret == nil || s.secret(string(v.text[from:to]))) {
				spans = append(spans, v.source(int32(from), int32(to-1)))
			}
		}
	}
	return spans
}

// unmarked reports whether text is neither a Mark already nor a literal of JSON.
func unmarked(text string) bool {
	switch text {
	case "null", "true", "false":
		return false
	}
	return !strings.HasPrefix(text, strings.TrimSuffix(Mark, "]"))
}

// long reports whether text is as long as credentials are, and random.
func long(text string) bool { return len(text) >= 16 && random(text) }

// random reports whether text looks made by a machine: it has a digit, or capitals
// among small letters, or is longer than words are.
func random(text string) bool {
	capitals, small := 0, 0
	for i, c := range text {
		switch {
		case '0' <= c && c <= '9':
			return true
		case 'A' <= c && c <= 'Z' && i > 0:
			capitals++
		case 'a' <= c && c <= 'z':
			small++
		}
	}
	return capitals > 0 && small > 0 || len(text) >= 24
}

// userAndPassword reports whether text is a user and a password in base64.
func userAndPassword(text string) bool {
	text = strings.TrimRight(text, "=")
	plain, err := base64.RawStdEncoding.DecodeString(text)
	if err != nil {
		plain, err = base64.RawURLEncoding.DecodeString(text)
	}
	return err == nil && bytes.IndexByte(plain, ':') >= 0
}
