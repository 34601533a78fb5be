package figure

import (
	"os"
	"path/filepath"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/cmpimg"
)

// checkHigh compares a figure of a height of its own with its golden image.
func checkHigh(t *testing.T, name string, height float64, draw func() (*plot.Plot, error)) {
	t.Helper()
	p, err := draw()
	if err != nil {
		t.Fatal(err)
	}
	got, err := PNG(p, Width, height, 72)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".png")
	if *update {
		write(t, path, got)
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := cmpimg.EqualApprox("png", got, want, .1); err != nil || !same {
		kept := filepath.Join(t.ArtifactDir(), name+".png")
		write(t, kept, got)
		t.Errorf("the figure differs from %s (error %v): with -artifacts it is kept as %s", path, err, kept)
	}
}
