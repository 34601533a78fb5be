package purchase

import (
	"strings"
	"testing"
)

// TestValidJSON: the largest answer that is read of a list cannot end the process, however
// deep it is nested.
func TestValidJSON(t *testing.T) {
	const most = 32 << 20
	for name, tt := range map[string]struct {
		body string
		ok   bool
	}{
		"a value":         {`{"a":[1]}`, true},
		"nothing":         {``, false},
		"cut":             {`{"a":[`, false},
		"open brackets":   {strings.Repeat("[", most), false},
		"closed brackets": {strings.Repeat("[", most/2) + strings.Repeat("]", most/2), false},
		"a long list":     {"[" + strings.Repeat("1,", most/2-1) + "1]", true},
	} {
		if ok := ValidJSON([]byte(tt.body)); ok != tt.ok {
			t.Errorf("%s: %v, want %v", name, ok, tt.ok)
		}
	}
}
