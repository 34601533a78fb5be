package purchase

import (
	"testing"

	"sagalab/pkg/retry"
)

// BenchmarkJudge is what it costs to say what an answer means.
func BenchmarkJudge(b *testing.B) {
	o := retry.Operation{Key: "k", Attempts: []retry.Attempt{{Number: 1, Key: "k", Sent: true, Status: 201,
		Body: []byte(`{"order_id":"0198c0de-0000-7000-8000-000000000000","status":"CONFIRMED","amount":1000,"user_id":1}`)}}}
	b.ReportAllocs()
	for b.Loop() {
		r := contractResult(Request{1, 1, 1, 1, ""}, o)
		if !r.Success() || r.Message() == "" || r.Answer.Amount != 1000 {
			b.Fatal(r)
		}
	}
}

// BenchmarkBody is what it costs to write a request.
func BenchmarkBody(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Request{1, 1, 1, 1, ""}.Body("0198c0de-0000-7000-8000-000000000000")
	}
}
