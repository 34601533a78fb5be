package retry

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"
)

// TestKeyThatAHeaderCannotCarry is in the body alone, as it is; others are in both.
func TestKeyThatAHeaderCannotCarry(t *testing.T) {
	var header []string
	var body string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		var sent struct {
			Key string `json:"idempotency_key"`
		}
		if err := json.Unmarshal(text, &sent); err != nil {
			t.Errorf("body %q: %v", text, err)
		}
		header, body = r.Header.Values("Idempotency-Key"), sent.Key
	}))
	defer server.Close()
	c, err := New(Config{Policy: Policy{MaxAttempts: 1, AttemptTimeout: time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	inJSON := func(key string) []byte {
		text, err := json.Marshal(map[string]string{"idempotency_key": key})
		if err != nil {
			t.Error(err)
		}
		return text
	}
	for key, both := range map[string]bool{
		"a": true, "a b": true, "~!\"\\,;=": true,
		"a ": false, " a": false, "a\t": false, "a\nb": false, "a\x7f": false, "ä": false, "重複": false,
	} {
		for range 2 { // the second attempt reuses the request of the first
			if o := c.Post(t.Context(), server.URL, key, inJSON); o.Err != nil || !o.Last().OK() {
				t.Fatalf("key %q: %+v", key, o)
			}
			want := []string{key}
			if !both {
				want = nil
			}
			if body != key || !slices.Equal(header, want) {
				t.Errorf("key %q came as %q in the body and %q in the header, want %q", key, body, header, want)
			}
		}
	}
}
