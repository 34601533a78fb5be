package bench

import (
	"context"
	"fmt"
	"slices"
)

// heavy compares sagalab with the original in the stage that the original's
// notebook ends with.
func (b *Bench) heavy(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(t tool) bool { return t.name != Ours && t.name != Original })
	for i := range tools {
		tools[i].slow = 1
	}
	all, err := b.rounds(ctx, "stage heavy", tools, job{requests: b.size.heavy, workers: b.size.heavyWorkers}, Plan{})
	if err != nil {
		return err
	}
	b.Report.Heavy = b.compare(all)
	t := table{
		title: fmt.Sprintf("original stage heavy, %d requests by %d workers: medians of %d interleaved rounds", b.size.heavy, b.size.heavyWorkers, b.Rounds),
		head:  []string{"contender", "cell s", "whole process s", "req/s in the window", "RSS MB", "connections"},
	}
	for _, c := range b.Report.Heavy {
		t.add(c.Contender, figures(c.cell()), figures(c.WallS), thousands(c.Rate), figures(c.RSSMB), fmt.Sprint(c.Opened))
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\ncell: for sagalab the whole process, its start and its files on disk included; for the original the stage and\n"+
		"its frame alone, without the start of Python and the imports.\n")
	return nil
}

// cell is what a person waits for the stage, in seconds.
func (c Comparison) cell() float64 {
	if c.Contender == Original {
		return c.WorkS
	}
	return c.WallS
}
