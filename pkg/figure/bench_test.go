package figure

import (
	"testing"

	"gonum.org/v1/plot"

	"sagalab/pkg/runs"
)

// million is 10⁶ operations in three stages.
func million() []runs.Stage {
	reasons := []string{"http_503", "timeout", "eof"}
	return []runs.Stage{
		stage(shape{"light", 50_000, 4, .1, .5, reasons}),
		stage(shape{"medium", 200_000, 12, .2, .4, reasons}),
		stage(shape{"heavy", 750_000, 60, .3, .3, reasons}),
	}
}

// BenchmarkMillionRows is what a notebook's last cells do with 10⁶ rows: the
// summary, and all figures as images.
func BenchmarkMillionRows(b *testing.B) {
	stages := million()
	b.ReportAllocs()
	for b.Loop() {
		for _, s := range stages {
			runs.Summarize(s)
		}
		for _, draw := range figures {
			drawn(b, draw, stages)
		}
	}
}

func drawn(b *testing.B, draw func([]runs.Stage) (*plot.Plot, error), stages []runs.Stage) {
	p, err := draw(stages)
	if err == nil {
		_, err = PNG(p, Width, Height, 192)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func BenchmarkFigures(b *testing.B) {
	for set, stages := range map[string][]runs.Stage{"1250": faulty(), "million": million()} {
		for name, draw := range figures {
			b.Run(name+"/"+set, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					drawn(b, draw, stages)
				}
			})
		}
	}
}
