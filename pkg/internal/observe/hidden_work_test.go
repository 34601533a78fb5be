package observe

import (
	"testing"

	"sagalab/pkg/runs"
)

// TestCountUnsettled: under a key one definite answer settles all attempts; without a key each
// attempt is a purchase of its own.
func TestCountUnsettled(t *testing.T) {
	attempt := func(key, meaning string) runs.Attempt { return runs.Attempt{Key: key, Meaning: meaning, Sent: true} }
	for name, tt := range map[string]struct {
		attempts []runs.Attempt
		want     int
	}{
		"settled later":            {[]runs.Attempt{attempt("k", "unclear"), attempt("k", "confirmed")}, 0},
		"settled before":           {[]runs.Attempt{attempt("k", "no_stock"), attempt("k", "in_progress")}, 0},
		"two keys":                 {[]runs.Attempt{attempt("k", "unclear"), attempt("l", "unclear"), attempt("l", "unclear")}, 2},
		"without a key":            {[]runs.Attempt{attempt("", "unclear"), attempt("", "confirmed"), attempt("", "in_progress")}, 2},
		"without a key, no doubt":  {[]runs.Attempt{attempt("", "turned_away"), attempt("", "confirmed"), attempt("", "not_sent")}, 0},
		"turned away under a key":  {[]runs.Attempt{attempt("k", "turned_away")}, 0},
		"unclear, then turned off": {[]runs.Attempt{attempt("k", "unclear"), attempt("k", "turned_away")}, 1},
	} {
		if n := countUnsettled([]runs.Stage{{Attempts: tt.attempts}}); n != tt.want {
			t.Errorf("%s: %d purchases without an outcome, want %d", name, n, tt.want)
		}
	}
}
