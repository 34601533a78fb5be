package purchase

import (
	"encoding/json"
	"testing"
	"unicode/utf8"

	"sagalab/pkg/retry"
)

// FuzzResult: what is concluded from an answer with any status and body. A purchase
// is confirmed by 2xx and a JSON object only, and what may have taken effect is never
// counted as failed.
func FuzzResult(f *testing.F) {
	for _, body := range answers {
		for _, status := range []int{200, 201, 402, 408, 409, 500, 503} {
			f.Add(status, []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a := retry.Attempt{Number: 1, Status: status, Body: body, Sent: true}
		r := contractResult(Request{}, retry.Operation{Attempts: []retry.Attempt{a}})
		var object map[string]json.RawMessage
		confirmed := status >= 200 && status < 300 && json.Unmarshal(body, &object) == nil && object != nil
		if r.Success() != confirmed || (r.Reason == "") != confirmed {
			t.Errorf("HTTP %d %q is %s with the reason %q", status, body, r.Outcome, r.Reason)
		}
		turnedAway := status == 503 && r.Reason == string(Overloaded)
		if r.Outcome == Failed && (status < 400 || status > 499) && !turnedAway {
			t.Errorf("HTTP %d %q, which may have taken effect, is %s", status, body, r.Outcome)
		}
		if success := status >= 200 && status < 300; !success && (r.Answer.Amount != 0 || r.Answer.Differs != "") {
			t.Errorf("HTTP %d %q names the amount %d and %q, which only a 2xx does", status, body, r.Answer.Amount, r.Answer.Differs)
		}
		if m := r.Message(); len(m) > MaxMessage || !utf8.ValidString(m) {
			t.Errorf("the message of HTTP %d %q has %d bytes: %q", status, body, len(m), m)
		}
	})
}
