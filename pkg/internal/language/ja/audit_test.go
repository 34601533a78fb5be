package ja

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/internal/language"
)

// TestEveryRuleHasATitle: an audit of nothing exercises no rule; its table is in Japanese.
func TestEveryRuleHasATitle(t *testing.T) {
	report := audit.Judge(history.Evidence{}, history.Options{})
	for _, row := range append(report.Rows(), audit.Header()) {
		for _, text := range row[1:] {
			if Translation().Text(text) == text {
				t.Errorf("%s: %q is not in Japanese", row[0], text)
			}
		}
	}
	if text := report.Summary(); Translation().Text(text) == text {
		t.Errorf("the summary is not in Japanese: %s", text)
	}
}

// What a rule judges, one and many, and why it was not exercised, in package audit's source.
var (
	unit   = regexp.MustCompile(`one: *"([^"]+)", many: *"([^"]+)"`)
	reason = regexp.MustCompile(`none: *"([^"]+)"|judge(?:Steps|Traces)\(m, (?:(?:true|false), )?"([^"]+)"`)
)

// TestEveryUnitAndReason reads the units of the rules and their reasons from their source.
func TestEveryUnitAndReason(t *testing.T) {
	files, err := filepath.Glob("../../audit/[a-z]*.go")
	if err != nil {
		t.Fatal(err)
	}
	units, reasons := 0, 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, m := range unit.FindAllStringSubmatch(string(text), -1) {
			units++
			if ofUnits[m[2]] == "" || ofOne[m[1]] != m[2] {
				t.Errorf("%s judges %q, and %q when it is one, which is not in Japanese", filepath.Base(file), m[2], m[1])
			}
		}
		for _, m := range reason.FindAllStringSubmatch(string(text), -1) {
			reasons++
			if why := m[1] + m[2]; ofAudits[why] == "" {
				t.Errorf("%s gives the reason %q, which is not in Japanese", filepath.Base(file), why)
			}
		}
	}
	if units < len(ofUnits) || reasons < 18 {
		t.Errorf("%d units and %d reasons found, want those of %d texts and 18 or more", units, reasons, len(ofUnits))
	}
}

func BenchmarkFirstText(b *testing.B) {
	for b.Loop() {
		language.New("", Texts()).Text("a text that is in no list")
	}
}

func BenchmarkText(b *testing.B) {
	for b.Loop() {
		Translation().Text("Case=normal success=true status=201 latency_ms=3 message={}")
	}
}
