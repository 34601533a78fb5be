package redact

import (
	"net/http"
	"testing"
)

// answer is what a service answers to a successful purchase.
var answer = []byte(`{"order_id":"0198c0de-0000-7000-8000-000000000000","idempotency_key":"light-000017-8f14e45fceea167a","user_id":1,"product_id":1,` +
	`"quantity":1,"payment_method_id":1,"amount":1000,"status":"CONFIRMED","reason":"","created_at":"2026-11-26T20:30:26.123456789Z"}`)

func testSecrets() Secrets {
	var s Secrets
	s.AddHeader(http.Header{"Authorization": {"Bearer s3cr3t-T0ken.with_symbols/9A+z=="}, "X-Api-Key": {"0f8fad5b-d9cb-469f-a165-70867728950e"}})
	return s
}

// BenchmarkClean measures an answer without secrets, which is returned as it is.
func BenchmarkClean(b *testing.B) {
	r := New(testSecrets())
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	for b.Loop() {
		if &r.Bytes(answer)[0] != &answer[0] {
			b.Fatal("copied")
		}
	}
}

// BenchmarkEcho measures an answer that echoes a token.
func BenchmarkEcho(b *testing.B) {
	r := New(testSecrets())
	body := []byte(`{"code":"malformed","detail":"you sent Bearer s3cr3t-T0ken.with_symbols/9A+z=="}`)
	b.ReportAllocs()
	for b.Loop() {
		r.Bytes(body)
	}
}

// BenchmarkNew measures making a Redactor, which each client does once.
func BenchmarkNew(b *testing.B) {
	s := testSecrets()
	b.ReportAllocs()
	for b.Loop() {
		New(s)
	}
}
