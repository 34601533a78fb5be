package loadnotebooks

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// TestRun is the README's first command, and a look at the page it writes.
func TestRun(t *testing.T) {
	t.Parallel()
	path, printed, _ := e2e.Executed(t, "01-load-and-retry.ipynb")
	for _, line := range []string{
		`case   normal +201 success `,
		`case   insufficient_balance +402 insufficient_balance `,
		`case   out_of_stock +409 `,
		stageLine("light", 50),
		stageLine("medium", 200),
		stageLine("heavy", 1000),
	} {
		if found := regexp.MustCompile(`(?m)^`+line).FindAllString(printed, -1); len(found) != 1 {
			t.Errorf("run printed %d lines like %s, want 1; it printed\n%s", len(found), line, printed)
		}
	}
	e2e.CheckPage(t, strings.TrimSuffix(path, ".ipynb")+".html")
}

// stageLine is what run prints for a stage without failures.
func stageLine(stage string, requests int) string {
	const ms = ` +[0-9]+\.[0-9]`
	return fmt.Sprintf(`stage  %s +%d requests +%d success +0 failure .* p50%[4]s  p90%[4]s  p95%[4]s  p99%[4]s  max%[4]s ms$`, stage, requests, requests, ms)
}
