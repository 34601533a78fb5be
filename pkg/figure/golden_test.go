package figure

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/cmpimg"

	"sagalab/pkg/runs"
)

var update = flag.Bool("update", false, "rewrite the golden images in testdata; look at every one before you commit it")

func series(stages []runs.Stage) (*plot.Plot, error) { return LatencySeries(stages, 0) }

// figures is every figure by name.
var figures = map[string]func([]runs.Stage) (*plot.Plot, error){
	"success": SuccessFailure, "histogram": LatencyHistogram, "series": series, "attempts": AttemptsByOutcome, "failures": FailuresByReason,
}

func TestGoldenImages(t *testing.T) {
	scenes := map[string][]runs.Stage{"calm": calm(), "faulty": faulty(), "crowded": crowded()}
	for name, draw := range figures {
		for scene, stages := range scenes {
			check(t, name+"_"+scene, draw, stages)
		}
	}
	check(t, "no_stages", SuccessFailure, nil)
	check(t, "no_requests", LatencyHistogram, []runs.Stage{stage(shape{name: "light"})})
	check(t, "one_request", series, []runs.Stage{stage(shape{name: "light", requests: 1, centre: 5})})
}

func check(t *testing.T, name string, draw func([]runs.Stage) (*plot.Plot, error), stages []runs.Stage) {
	t.Helper()
	p, err := draw(stages)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got, err := PNG(p, Width, Height, 72)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	path := filepath.Join("testdata", name+".png")
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	// a little leeway, since processors differ in the last digit of a float
	if same, err := cmpimg.EqualApprox("png", got, want, .1); err != nil || !same {
		kept := filepath.Join(t.ArtifactDir(), name+".png")
		t.Errorf("%s differs from %s (error %v): with -artifacts it is kept as %s, with -update it becomes the image to compare with", name, path, err, kept)
		if err := os.WriteFile(kept, got, 0o644); err != nil {
			t.Error(err)
		}
	}
}

func TestEqualFiguresHaveEqualBytes(t *testing.T) {
	var images [2][]byte
	for i := range images {
		p, err := LatencySeries(faulty(), 100)
		if err == nil {
			images[i], err = PNG(p, Width, Height, 72)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(images[0], images[1]) {
		t.Error("one figure drawn twice has unequal bytes")
	}
}
