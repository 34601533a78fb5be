package nb

import (
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// TestFramesOfRowsOnDisk: a frame is the same wherever the rows are.
func TestFramesOfRowsOnDisk(t *testing.T) {
	l, text := ready(t, confirm)
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	const n = runs.MaxInMemory + 5000
	recordRandom(t, run, runs.Info{Stage: "large"}, n)
	text.Reset()
	s := l.Recorded("large")
	if !s.OnDisk() || strings.Count(text.String(), "stay on disk") != 1 {
		t.Fatalf("the rows of %d purchases are on disk: %v, and it says %q", n, s.OnDisk(), text)
	}
	in, err := s.ReadRows()
	if err != nil {
		t.Fatal(err)
	}
	memory := RecordedStage{in}
	for name, get := range map[string]func(RecordedStage) dataframe.DataFrame{
		"chosen columns": func(s RecordedStage) dataframe.DataFrame {
			return s.Frame("start_s", "index", "stage", "reason", "message", "latency_ms")
		},
		"only the stage":       func(s RecordedStage) dataframe.DataFrame { return s.Frame("stage") },
		"attempts' columns":    func(s RecordedStage) dataframe.DataFrame { return s.Attempts("index", "number", "start_s", "class") },
		"a sample":             func(s RecordedStage) dataframe.DataFrame { return s.Frame() },
		"a sample of attempts": func(s RecordedStage) dataframe.DataFrame { return s.Attempts() },
		"two stages, one on disk": func(s RecordedStage) dataframe.DataFrame {
			return Must(frame.StageOperations([]runs.Stage{s.Stage, {}}, "stage", "index"))
		},
	} {
		disk, mem := get(s), get(memory)
		if disk.Nrow() != mem.Nrow() || disk.Nrow() == 0 || strings.Join(disk.Names(), " ") != strings.Join(mem.Names(), " ") {
			t.Fatalf("%s: %d rows of %v from disk, %d of %v from memory", name, disk.Nrow(), disk.Names(), mem.Nrow(), mem.Names())
		}
		for i := 0; i < disk.Nrow(); i += 97 {
			for j := range disk.Ncol() {
				if a, b := disk.Elem(i, j).String(), mem.Elem(i, j).String(); a != b {
					t.Fatalf("%s: row %d, column %s is %q from disk, %q from memory", name, i, disk.Names()[j], a, b)
				}
			}
		}
	}
	if _, err := frame.StageOperations([]runs.Stage{s.Stage}, "latncy_ms"); err == nil || !strings.Contains(err.Error(), "did you mean latency_ms?") {
		t.Errorf("a misspelt column of rows on disk: %v", err)
	}
}
