package nb

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"testing"

	"sagalab/pkg/figure"
	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// largeRun is the environment variable with the directory of runs that TestCellsOfNotebook01
// shows, of BenchmarkCellsOfNotebook01.
const largeRun = "SAGALAB_LARGE_RUN"

// TestCellsOfNotebook01 does what the cells of notebook 01 do that show a run: the summary
// and five figures, each of stages that are read anew. It prints the most memory of its process.
func TestCellsOfNotebook01(t *testing.T) {
	l, text, _ := cells(t, confirm)
	if dir := os.Getenv(largeRun); dir != "" {
		t.Setenv("SAGALAB_RUNS", dir)
	} else {
		if err := l.setup(); err != nil {
			t.Fatal(err)
		}
		recordThreeStages(t, l, 2000)
	}
	text.Reset()
	Table(frame.Summary(l.Stages()))
	Plot(figure.SuccessFailure(l.Stages()))
	Plot(figure.LatencyHistogram(l.Stages()))
	Plot(figure.LatencySeries(l.Stages(), 1000))
	Plot(figure.AttemptsByOutcome(l.Stages()))
	Plot(figure.FailuresByReason(append(l.Cases(), l.Stages()...)))
	shown := regexp.MustCompile(`(?m)^(light|medium|heavy) |\[figure: `).FindAllString(text.String(), -1)
	if len(shown) != 3+5 {
		t.Errorf("shown: %q, want three rows and five figures", shown)
	}
	fmt.Printf("most memory: %d MB\n", mostMemory(t))
}

// recordThreeStages records n purchases in the three stages of notebook 01.
func recordThreeStages(t testing.TB, l Lab, n int) {
	t.Helper()
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	recordRandom(t, run, runs.Info{Stage: "light"}, n/20)
	recordRandom(t, run, runs.Info{Stage: "medium"}, n/5)
	recordRandom(t, run, runs.Info{Stage: "heavy"}, n*3/4)
}

var vmHWM = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// mostMemory returns the most memory that the process has had, in MB.
func mostMemory(t testing.TB) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	kb, err := strconv.Atoi(string(vmHWM.FindSubmatch(status)[1]))
	if err != nil {
		t.Fatal(err)
	}
	return kb / 1000
}

// BenchmarkCellsOfNotebook01 records a run of some size and measures in a process of its own how
// long the cells take that show it, and how much memory.
func BenchmarkCellsOfNotebook01(b *testing.B) {
	for _, n := range []int{1_000_000, 10_000_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			dir := b.TempDir()
			b.Setenv("SAGALAB_RUNS", dir)
			b.Setenv("SAGALAB_SESSION", "test")
			captureOutput(b, io.Discard)
			l := Lab{Name: "test", API: "http://127.0.0.1:1/purchase"}
			if err := l.setup(); err != nil {
				b.Fatal(err)
			}
			recordThreeStages(b, l, n)
			b.Logf("most memory while %d purchases were recorded: %d MB", n, mostMemory(b))
			for b.Loop() {
				c := exec.Command(os.Args[0], "-test.run", "^TestCellsOfNotebook01$")
				c.Env = append(os.Environ(), largeRun+"="+dir)
				out, err := c.CombinedOutput()
				found := regexp.MustCompile(`most memory: (\d+) MB`).FindSubmatch(out)
				if err != nil || found == nil {
					b.Fatalf("%v: %s", err, out)
				}
				mb, _ := strconv.ParseFloat(string(found[1]), 64) // all digits
				b.ReportMetric(mb, "most-MB")
			}
		})
	}
}
