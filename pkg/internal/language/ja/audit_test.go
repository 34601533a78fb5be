package ja

import (
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
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
