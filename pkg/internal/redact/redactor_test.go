package redact

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sagalab/pkg/internal/testing/echo"
)

const token = "s3cr3t-T0ken.with_symbols/9A+z=="

// places are texts with room for an echo.
var places = []string{
	"%s", "x%sx", `{"detail":"you sent %s"}`, `{"code":"%s"}`, `{"order_id":"0198c0de-0000-7000-8000-000000000000","headers":{"authorization":["%s"]}}`,
	"<p>%s</p>", "text/html; echo=%s", "Authorization: %s\r\nHost: x", "https://host/%s?a=b", `malformed HTTP response "%s"`, "é%s…",
}

// TestEncodings echoes a token in many ways at many places: nothing of it, in the way it
// was echoed or as it is, stays.
func TestEncodings(t *testing.T) {
	var s Secrets
	s.AddHeader(http.Header{"Authorization": {"Bearer " + token}, "User-Agent": {"sagalab"}})
	r := Values(s)
	tried := 0
	for _, e := range echo.Encodings {
		name, f := e.Name, e.Encode
		for _, value := range []string{token, "Bearer " + token, "bearer " + token, "BEARER:" + token, "Bearer+" + token} {
			for _, place := range places {
				in := fmt.Sprintf(place, f(value))
				out := string(r.Bytes([]byte(in)))
				tried++
				if !strings.Contains(out, Mark) {
					t.Errorf("%s: %q stays as it is", name, in)
				}
				if left := echo.Left(out, token); left != "" {
					t.Errorf("%s: of %q %q is left, which decodes to %q", name, in, out, left)
				}
				if out != r.String(out) {
					t.Errorf("%s: %q becomes %q when redacted again", name, out, r.String(out))
				}
			}
		}
	}
	t.Logf("%d encodings × places", tried)
}

// TestNotRedacted keeps what is no secret: ids, keys, hashes and sentences.
func TestNotRedacted(t *testing.T) {
	r := New(testSecrets())
	for _, text := range []string{
		string(answer),
		`{"type":"about:blank","title":"Payment Required","status":402,"detail":"user 2 has 5000, the order costs 10000","code":"insufficient_balance"}`,
		"commit 351485d7f0c1a2b3c4d5e6f708192a3b4c5d6e7f of sagalab",
		`{"id":"0f8fad5b-1111-4222-8333-70867728aaaa"}`, // another UUID than the X-Api-Key of the test, with its first digits
		"Bearer authentication required", "Basic authentication", "the password must not be empty", `{"secret":null}`, "Authorization: required",
		`{"next":"eyJpZCI6IjAxOThjMGRlLTAwMDAtNzAwMC04MDAwIn0="}`, "postgres://sagalab@db.example/fleet", "a@b.example", "http://127.0.0.1:8000/purchase",
		`C:\Users\me\x`, "100%", "a & b", `{"detail":"caf\u00e9 \"x\""}`, "",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
	} {
		if got := r.String(text); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

// TestShapes removes what looks like credentials of others.
func TestShapes(t *testing.T) {
	r := New(Secrets{})
	jwt := "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	key := "-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIExampleExampleExample\n-----END EC PRIVATE KEY-----"
	for text, want := range map[string]string{
		"token " + jwt + "!":                          "token [secret]!",
		"Bearer abc123def456":                         "Bearer [secret]",
		`{"x":"BEARER abc123def456"}`:                 `{"x":"BEARER [secret]"}`,
		`Bearer\u0020abc123def456`:                    `Bearer\u0020[secret]`,
		"Bearer%20abc123def456":                       "Bearer%20[secret]",
		"Basic dXNlcjpwYXNz":                          "Basic [secret]",
		"Authorization: Digest username=\"x\"":        "Authorization: [secret]\"x\"",
		"authorization=0123456789abcdef01":            "authorization=[secret]",
		"host=db password=hunter2 user=u":             "host=db password=[secret] user=u",
		`{"password":"hunter2","user":"u"}`:           `{"password":"[secret]","user":"u"}`,
		`{\"password\":\"hunter2\",\"user\":\"u\"}`:   `{\"password\":\"[secret]\",\"user\":\"u\"}`,
		"client_secret=abcdef&x=1":                    "client_secret=[secret]&x=1",
		`"api_key": "k-123456"`:                       `"api_key": "[secret]"`,
		`"access_token":"opaque1234"`:                 `"access_token":"[secret]"`,
		"postgres://u:hunter2@db/x failed":            "postgres://u:[secret]@db/x failed",
		"postgres%3A%2F%2Fu%3Ahunter2%40db":           "postgres%3A%2F%2Fu%3A[secret]%40db",
		"key " + key:                                  "key [secret]",
		strings.ReplaceAll("key "+key, "\n", `\n`):    "key [secret]",
		"key -----BEGIN PRIVATE KEY-----\nMHcCAQEEIE": "key [secret]", // cut
	} {
		if got := r.String(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestBasic finds user and password, decoded and encoded, and the password alone.
func TestBasic(t *testing.T) {
	var s Secrets
	encoded := base64.StdEncoding.EncodeToString([]byte("shopper:pa55phrase!"))
	s.AddCredentials("Basic " + encoded)
	r := Values(s)
	for text, want := range map[string]string{
		"Basic " + encoded: Mark, encoded: Mark, "basic " + encoded: Mark, "shopper:pa55phrase!": Mark, "you are shopper:pa55phrase! today": "you are " + Mark + " today",
		"pa55phrase!": Mark, "pa55phrase%21": Mark, "shopper": "shopper", base64.StdEncoding.EncodeToString([]byte("pa55phrase!!!")): Mark + "hIQ==",
	} {
		if got := r.String(text); got != want && (want != Mark+"hIQ==" || !strings.HasPrefix(got, Mark)) {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestShortValues searches short values as words only, and none below 4 characters.
func TestShortValues(t *testing.T) {
	var s Secrets
	s.AddHeader(http.Header{"X-Tenant": {"shop"}, "X-Level": {"abc"}})
	r := Values(s)
	for text, want := range map[string]string{"shop": Mark, `{"a":"shop"}`: `{"a":"` + Mark + `"}`, "shopping": "shopping", "workshop 1": "workshop 1", "abc": "abc", "a % shop": "a % " + Mark} {
		if got := r.String(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

// TestKey finds a private key as PEM, as its base64 without lines, and as DER in hexadecimal.
func TestKey(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var s Secrets
	s.AddTLS(&tls.Config{Certificates: []tls.Certificate{{PrivateKey: key}}})
	pkcs8, _ := x509.MarshalPKCS8PrivateKey(key)
	sec1, _ := x509.MarshalECPrivateKey(key)
	r := Values(s)
	for _, der := range [][]byte{pkcs8, sec1} {
		body := base64.StdEncoding.EncodeToString(der)
		for _, text := range []string{
			string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), body, "x" + body[20:60] + "y", echo.Wrapped(body, 64, `\n`), url.QueryEscape(body),
			hex.EncodeToString(der), base64.URLEncoding.EncodeToString(der), base64.StdEncoding.EncodeToString([]byte(body)),
		} {
			got := r.String(text)
			if left := echo.Left(got, body); left != "" || !strings.Contains(got, Mark) {
				t.Errorf("%q became %q, which has %q", text, got, left)
			}
		}
	}
}

// TestURL finds the password of a database's address, escaped and not.
func TestDatabase(t *testing.T) {
	var s Secrets
	s.AddDatabase("postgres://user:s3cr%2Fet-pass@db.example/fleet")
	r := Values(s)
	for _, text := range []string{"s3cr/et-pass", "s3cr%2Fet-pass", "s3cr%2fet-pass", "postgres://user:s3cr%2Fet-pass@db.example/fleet"} {
		if got := r.String(text); strings.Contains(got, "et-pass") {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for _, name := range variables {
		t.Setenv(name, "")
	}
	if got := Environment().String("hunter22 hunter33 hunter44 hunter55"); got != "hunter22 hunter33 hunter44 hunter55" {
		t.Errorf("without secrets it became %q", got)
	}
	t.Setenv("PGPASSWORD", "hunter22")
	t.Setenv("SAGALAB_DB", "host=db password='hunter33' user=u")
	t.Setenv("SAGALAB_AUTHORIZATION", "Token hunter44")
	t.Setenv("SAGALAB_KEY", "no-such-file")
	t.Setenv("SAGALAB_VAR_token", "hunter77")
	r := Environment("SAGALAB_FLEET=postgres://u:hunter55@db/fleet", "OTHER=hunter66")
	if got, want := r.String("hunter22 hunter33 hunter44 hunter55 hunter66 hunter77"), "[secret] [secret] [secret] [secret] hunter66 [secret]"; got != want {
		t.Errorf("it became %q, want %q", got, want)
	}
	if Environment("SAGALAB_FLEET=postgres://u:hunter55@db/fleet") != r || Environment() == r {
		t.Error("a Redactor was made anew, or kept, without need")
	}
}

// TestIsOrigin: of an address only scheme, host and port are no secret.
func TestIsOrigin(t *testing.T) {
	for value, want := range map[string]bool{
		"http://127.0.0.1:8000": true, "https://shop.example": true, "": false, "hunter22": false, "http://u:hunter22@shop.example": false,
		"https://shop.example/hunter22": false, "https://shop.example?k=hunter22": false, "https://shop.example#hunter22": false, "ftp://shop.example": false, "http://": false,
	} {
		if IsOrigin(value) != want {
			t.Errorf("IsOrigin(%q) is %v", value, !want)
		}
	}
	t.Setenv("SAGALAB_VAR_back", "http://127.0.0.1:8000")
	if got := Environment().String("at http://127.0.0.1:8000"); got != "at http://127.0.0.1:8000" {
		t.Errorf("an origin became %q", got)
	}
}

// FuzzBytes checks that redaction ends, is done at once, and leaves nothing of a token
// that stands in the text.
func FuzzBytes(f *testing.F) {
	for _, place := range places {
		f.Add([]byte(fmt.Sprintf(place, token)), 3)
	}
	f.Add([]byte(`\u00`), 1)
	f.Add([]byte("%%41&#x;&#99999999999;&amp"), 5)
	f.Add([]byte("password='"), 0)
	r := New(testSecrets())
	f.Fuzz(func(t *testing.T, text []byte, at int) {
		at = max(0, min(at, len(text)))
		in := bytes.Join([][]byte{text[:at], text[at:]}, []byte(token))
		out := r.Bytes(in)
		if left := echo.Left(string(out), token); left != "" && echo.Left(string(text), left) == "" {
			t.Errorf("%q became %q, which has %q", in, out, left)
		}
	})
}
