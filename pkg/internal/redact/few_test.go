package redact

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"testing"
)

// TestFewIsValues: both ways to search remove the same.
func TestFewIsValues(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	letters := []byte("abcdeXYZ0123-_. ")
	text := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[rnd.IntN(len(letters))]
		}
		return string(b)
	}
	encode := []func(string) string{
		func(s string) string { return s }, strings.ToUpper, url.QueryEscape, url.PathEscape,
		func(s string) string { return base64.StdEncoding.EncodeToString([]byte("xy" + s)) },
		func(s string) string {
			return base64.URLEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(s))))
		},
		func(s string) string { return hex.EncodeToString([]byte(s)) },
		func(s string) string { return url.QueryEscape(url.QueryEscape(s)) },
		func(s string) string { return s[:len(s)*2/3] }, func(s string) string { return s[len(s)/3:] },
		func(s string) string { return s[:len(s)/2] + "\n" + s[len(s)/2:] }, func(s string) string { return strings.ReplaceAll(s, "-", `\u002d`) },
	}
	for range 3000 {
		var secrets Secrets
		value := text(1 + rnd.IntN(40))
		secrets.AddCredentials(value)
		if rnd.IntN(2) == 0 {
			secrets.AddCredentials("Bearer " + text(20))
		}
		body := text(rnd.IntN(60))
		for range rnd.IntN(3) {
			body += encode[rnd.IntN(len(encode))](value) + text(rnd.IntN(9))
		}
		if few, values := Few(secrets).String(body), string(Values(secrets).redacted([]byte(body))); few != values {
			t.Fatalf("of %q with the secret %q\n%q is left without an index, %q with one", body, value, few, values)
		}
	}
}

func BenchmarkFew(b *testing.B) {
	for _, length := range []int{30, 200} {
		b.Run(fmt.Sprint("new/", length), func(b *testing.B) {
			b.ReportAllocs()
			for i := range b.N {
				var s Secrets
				s.AddCredentials(fmt.Sprintf("%0*x", length, i))
				Few(s)
			}
		})
		b.Run(fmt.Sprint("body/", length), func(b *testing.B) {
			b.ReportAllocs()
			var s Secrets
			s.AddCredentials(fmt.Sprintf("%0*x", length, 1<<60+12345))
			r, body := Few(s), []byte(strings.Repeat(`{"id":"order-12","status":"PENDING","user":"17"}`, 6))
			for range b.N {
				r.Bytes(body)
			}
		})
	}
}
