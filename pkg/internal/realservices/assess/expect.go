package assess

import (
	"testing"

	"sagalab/pkg/internal/audit"
)

// Any is the answer of a rule that depends on what was read when.
const Any audit.Answer = "any"

// Expect fails the test unless the rules of the report have these answers; rules that are not listed may hold, be unknown or not be
// exercised, but not be violated.
func Expect(t testing.TB, report audit.Report, want map[string]audit.Answer) {
	t.Helper()
	for _, v := range report.Verdicts {
		answer, listed := want[v.Rule]
		if listed && answer != Any && v.Answer != answer || !listed && v.Answer == audit.Violated {
			t.Errorf("%s is %s, want %s: %s", v.Rule, v.Answer, answer, v.Evidence())
		}
	}
	if t.Failed() || testing.Verbose() {
		t.Logf("%v", report)
	}
}
