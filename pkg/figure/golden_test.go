package figure

import (
	"bytes"
	"errors"
	"flag"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/cmpimg"
	"gonum.org/v1/plot/vg/vgimg"

	"sagalab/pkg/compare"
	"sagalab/pkg/runs"
)

var update = flag.Bool("update", false, "rewrite the golden images in testdata; look at every one before you commit it")

func seriesOf(stages []runs.Stage) (*plot.Plot, error)      { return LatencySeries(stages, 0) }
func timelineOf(stages []runs.Stage) (*plot.Plot, error)    { return AttemptTimeline(stages, 0) }
func goodput(stages []runs.Stage) (*plot.Plot, error)       { return Goodput(stages, fault) }
func amplified(stages []runs.Stage) (*plot.Plot, error)     { return Amplification(stages, fault) }
func manyFaults(stages []runs.Stage) (*plot.Plot, error)    { return Goodput(stages, faults) }
func manyFaultsToo(stages []runs.Stage) (*plot.Plot, error) { return Amplification(stages, faults) }

// figures is every figure by name.
var figures = map[string]func([]runs.Stage) (*plot.Plot, error){
	"success": SuccessFailure, "histogram": LatencyHistogram, "series": seriesOf, "attempts": AttemptsByOutcome, "failures": FailuresByReason,
	"timeline": timelineOf, "goodput": goodput, "amplification": amplified, "cdfs": CDFs, "effects": effects,
}

func TestGoldenImages(t *testing.T) {
	sets := map[string][]runs.Stage{"calm": calm(), "faulty": faulty(), "crowded": crowded()}
	for _, name := range []string{"success", "histogram", "series", "attempts", "failures"} {
		for set, stages := range sets {
			if name == "failures" && set == "calm" {
				continue // see TestNothingIsSaidInWords
			}
			check(t, name+"_"+set, figures[name], stages)
		}
	}
	for _, name := range []string{"timeline", "goodput", "amplification"} {
		check(t, name+"_storm", figures[name], storms())
	}
	check(t, "timeline_mixed", timelineOf, mixed())
	check(t, "timeline_one", timelineOf, mixed()[1:])
	check(t, "goodput_crowded", manyFaults, crowdedStorms())
	check(t, "amplification_crowded", manyFaultsToo, crowdedStorms())
	check(t, "one_request", seriesOf, []runs.Stage{stage(shape{name: "light", requests: 1, centre: 5})})
	for _, name := range []string{"success", "histogram", "series", "failures", "cdfs"} {
		check(t, name+"_unlike", figures[name], unlikeStages())
	}
}

// check compares a figure with its golden image, in parallel with the others.
func check(t *testing.T, name string, draw func([]runs.Stage) (*plot.Plot, error), stages []runs.Stage) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		p, err := draw(stages)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join("testdata", name+".png")
		if *update {
			write(t, path, encoded(t, p))
			return
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, err := paint(p, Width, Height, 72)
		if err != nil {
			t.Fatal(err)
		}
		if equal(t, c, want) {
			return
		}
		// a little leeway, since processors differ in the last digit of a float
		got := encoded(t, p)
		if same, err := cmpimg.EqualApprox("png", got, want, .1); err != nil || !same {
			kept := filepath.Join(t.ArtifactDir(), name+".png")
			t.Errorf("the figure differs from %s (error %v): with -artifacts it is kept as %s, with -update it becomes the image to compare with", path, err, kept)
			write(t, kept, got)
		}
	})
}

// equal reports whether each pixel is that of an encoded image: a shortcut that
// spares most figures the encoding, which takes most of a test's time.
func equal(t *testing.T, got *vgimg.Canvas, want []byte) bool {
	t.Helper()
	decoded, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	a, ok := got.Image().(*image.RGBA)
	b, too := decoded.(*image.RGBA)
	return ok && too && a.Rect == b.Rect && bytes.Equal(a.Pix, b.Pix)
}

func encoded(t *testing.T, p *plot.Plot) []byte {
	t.Helper()
	b, err := PNG(p, Width, Height, 72)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestEqualFiguresHaveEqualBytes(t *testing.T) {
	var images [2][]byte
	for i := range images {
		p, err := LatencySeries(faulty()[:2], 100)
		if err != nil {
			t.Fatal(err)
		}
		if images[i], err = PNG(p, Width, Height, 40); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(images[0], images[1]) {
		t.Error("one figure drawn twice has unequal bytes")
	}
}

// faults is the hardest case for the labels: overlapping, narrow, momentary and
// endless spans, and labels that are long or not there.
var faults = []Span{
	{From: -time.Second, To: 200 * time.Millisecond, Label: "cold"},
	{From: 1500 * time.Millisecond, To: 1600 * time.Millisecond, Label: "payment drops replies after acting"},
	{From: 2 * time.Second, To: 2 * time.Second, Label: "kill -9"},
	{From: 3 * time.Second, To: 5 * time.Second, Label: "service answers 503"},
	{From: 4 * time.Second, To: 6 * time.Second},
	{From: 7 * time.Second, To: 7100 * time.Millisecond, Label: "down"}, {From: 7200 * time.Millisecond, To: 7300 * time.Millisecond, Label: "down"},
	{From: 7400 * time.Millisecond, To: 7500 * time.Millisecond, Label: "down"}, {From: 7600 * time.Millisecond, To: 7700 * time.Millisecond, Label: "down"},
	{From: 9800 * time.Millisecond, To: time.Hour, Label: "参加者 is slow until the end"},
	{From: time.Hour, To: 2 * time.Hour, Label: "outside"},
}

// Nothing is drawn in the margins: what is there has run over an edge.
func TestNothingRunsOverAnEdge(t *testing.T) {
	for set, stages := range map[string][]runs.Stage{
		"crowded": crowded(), "unlike": unlikeStages(), "storms": crowdedStorms(), "mixed": mixed(), "wide": wideNames(), "one wide": wideNames()[:1], "forty": hostile()["forty stages"],
	} {
		t.Run(set, func(t *testing.T) {
			t.Parallel()
			for name, draw := range figures {
				p, err := draw(stages)
				if errors.As(err, new(Nothing)) {
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				checkMargins(t, name+" of "+set, p)
			}
		})
	}
	for name, stages := range map[string][]runs.Stage{"two": wideRamps(), "one": wideRamps()[:1]} {
		p, err := Knee(stages)
		if err != nil {
			t.Fatal(err)
		}
		checkMargins(t, "knee of "+name, p)
	}
	a, b := wideNames()[0], wideNames()[1]
	c := compare.Stages(a, b, compare.Options{})
	c.A.Run, c.B.Run = "20260102-150405-WWWWWWWWW", "20260103-090000-WWWWWWWWW"
	for i := range c.Changes {
		c.Changes[i].Change = compare.Estimate{Value: 123456, Low: -99.99, High: 1e9}
	}
	p, err := Effects(c)
	if err != nil {
		t.Fatal(err)
	}
	checkMargins(t, "effects of long names", p)
}

func checkMargins(t *testing.T, name string, p *plot.Plot) {
	t.Helper()
	const dpi, free = 72, int(margin) - 2 // the width of a line may reach into a margin
	c, err := paint(p, Width, Height, dpi)
	if err != nil {
		t.Fatal(err)
	}
	img := c.Image().(*image.RGBA)
	inner := img.Rect.Inset(free)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if at := img.RGBAAt(x, y); !(image.Pt(x, y).In(inner)) && (at.R < 0xf0 || at.G < 0xf0 || at.B < 0xf0) {
				kept := filepath.Join(t.ArtifactDir(), strings.ReplaceAll(name, " ", "_")+".png")
				write(t, kept, encoded(t, p))
				t.Errorf("%s runs over an edge at %d, %d: with -artifacts it is kept as %s", name, x, y, kept)
				return
			}
		}
	}
}
