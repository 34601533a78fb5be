package main

import (
	"strings"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/internal/shop"
	"sagalab/pkg/internal/shop/defect"
)

// TestHints of audits that are unclear: --sole-client where it decides a rule, then the --require that gives 0.
func TestHints(t *testing.T) {
	open := audit.Verdict{Rule: "S1", Answer: audit.Unknown, Reason: "x; " + history.AloneHint}
	other, unasked := audit.Verdict{Rule: "C3", Answer: audit.Unknown, Reason: "GET /ledger failed"}, open
	unasked.NotRequired = true
	holds := audit.Verdict{Rule: "K1", Answer: audit.Holds}
	second := open
	second.Rule = "C1"
	for _, tt := range []struct {
		sole     bool
		verdicts []audit.Verdict
		want     string
	}{
		{false, []audit.Verdict{holds}, ""},
		{false, []audit.Verdict{holds, open}, "\nrule S1 is decided when this run alone uses the service: --sole-client\nfor exit code 0: --require K1\n"},
		{false, []audit.Verdict{holds, open, second, other}, "\nrules S1, C1 are decided when this run alone uses the service: --sole-client\nfor exit code 0: --require K1\n"},
		{true, []audit.Verdict{holds, open}, "\nfor exit code 0: --require K1\n"},
		{false, []audit.Verdict{holds, other, unasked}, "\nfor exit code 0: --require K1\n"},
	} {
		f := auditFlags{}
		f.soleClient = tt.sole
		if got := f.hints(audit.Report{Verdicts: tt.verdicts}); got != tt.want {
			t.Errorf("hints of %v are %q, want %q", tt.verdicts, got, tt.want)
		}
	}
}

// TestSoleClientDecides what a defect of the service leaves unknown beside other clients.
func TestSoleClientDecides(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	api := serving(t, shop.Config{Lab: true, Seed: 3, Defects: []defect.Defect{defect.PhantomOrder}})
	load := []string{"load", "--api", api, "--fixture", "cases", "--stage", "a:300x20", "--seed", "5", "--audit"}
	out, _, code, _ := invoke(t, load...)
	if code != 2 || !strings.Contains(out, "rules S1, S2, B1, C1, C2, C4 are decided when this run alone uses the service: --sole-client\nfor exit code 0: ") {
		t.Errorf("beside other clients the exit code is %d, want 2 and a line on --sole-client:\n%s", code, out)
	}
	if out, _, code, _ = invoke(t, "audit", "last", "--api", api, "--sole-client"); code != 1 || !ruled(out, "C4", "violated") {
		t.Errorf("alone the exit code is %d, want 1 and C4 violated:\n%s", code, out)
	}
}
