package ipynb

import (
	"encoding/json"
	"testing"
)

func FuzzTextUnmarshalJSON(f *testing.F) {
	f.Fuzz(func(t *testing.T, raw []byte) {
		text := Text("before")
		if err := json.Unmarshal(raw, &text); (err == nil) != json.Valid(raw) {
			t.Errorf("%q: %v, want an error for invalid JSON alone", raw, err)
		}
		if len(text) > 3*len(raw)+len("before") {
			t.Errorf("a text of %d bytes out of %d", len(text), len(raw))
		}
	})
}
