package nb

import (
	"os/exec"
	"strings"
	"testing"
)

// TestTraceparentOfALab: the lab's own setting, or that of the environment.
func TestTraceparentOfALab(t *testing.T) {
	for _, tt := range []struct {
		own         bool
		environment string
		want        bool
		fault       string
	}{
		{false, "", false, ""}, {true, "", true, ""}, {false, "yes", true, ""}, {true, "no", true, ""}, {false, "NO", false, ""},
		{false, "on", false, `SAGALAB_TRACEPARENT is "on", want yes or no`},
	} {
		t.Setenv("SAGALAB_TRACEPARENT", tt.environment)
		to, err := Lab{Name: "n", API: "http://127.0.0.1:1", Traceparent: tt.own}.target()
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) {
				t.Errorf("%q: %v", tt.environment, err)
			}
			continue
		}
		if err != nil || to.Traceparent != tt.want {
			t.Errorf("%v with %q: %v, %v", tt.own, tt.environment, to.Traceparent, err)
		}
	}
}

// TestCellsLinkNoExporter: what a cell imports is compiled with it, and the exporter of traces with its
// messages would take longer than all else.
func TestCellsLinkNoExporter(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "sagalab/pkg/nb", "sagalab/pkg/nb/explore", "sagalab/pkg/adapters", "sagalab/pkg/figure/japanese").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	for _, d := range deps {
		for _, not := range []string{"go.opentelemetry.io/", "google.golang.org/grpc", "sagalab/pkg/internal/traces"} {
			if d == strings.TrimSuffix(not, "/") || strings.HasPrefix(d, strings.TrimSuffix(not, "/")+"/") {
				t.Errorf("a cell links %s", d)
			}
		}
	}
	if len(deps) < 100 {
		t.Errorf("%d packages: the list is not that of a cell", len(deps))
	}
}
