package defect

import (
	"strings"
	"testing"
)

// TestKnownDefects: every rule of the audit has a defect that it must find.
func TestKnownDefects(t *testing.T) {
	found := map[string]bool{}
	for _, d := range Known() {
		if d.Does == "" || !(d.Probability > 0 && d.Probability <= 1) || (d.saga == nil) == (d.order == nil && d.view == nil) {
			t.Errorf("defect %+v: want a sentence, a probability and one place", d)
		}
		found[d.Rule] = true
	}
	for _, rule := range strings.Fields("K1 K2 K3 K4 K5 S1 S2 B1 C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 T1 T2 T3 T4") {
		if !found[rule] {
			t.Errorf("no defect is for rule %s", rule)
		}
	}
}

// TestDistributedDefects: each has a sentence and a side, and needs processes.
func TestDistributedDefects(t *testing.T) {
	for _, d := range Distributed() {
		if d.Does == "" || d.Rule == "" || d.Probability != 1 || d.caller == nil && d.callee == nil {
			t.Errorf("defect %+v: want a sentence, a rule, probability 1 and a side", d)
		}
		if err := ValidateAll([]Defect{d.Name}, true); err != nil {
			t.Errorf("%s with processes: %v", d.Name, err)
		}
		if err := ValidateAll([]Defect{d.Name}, false); err == nil || !strings.Contains(err.Error(), "--participants http") {
			t.Errorf("%s without processes: %v", d.Name, err)
		}
	}
	if GiveUpAfter([]Defect{SellTwice}) != 0 || GiveUpAfter([]Defect{SellTwice, LateCharge}) != 1 {
		t.Error("the wrong defects give up")
	}
}
