package bench

import (
	"context"
	"fmt"
	"slices"
)

// heavy compares sagalab with the original in the stage that the original's
// notebook ends with. A round of it is short, so that there are three times as
// many.
func (b *Bench) heavy(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(t tool) bool { return t.name != Sagalab && t.name != Original })
	for i := range tools {
		tools[i].divisor = 1
	}
	all, err := b.rounds(ctx, 3*b.Rounds, "stage heavy", tools, job{requests: b.size.heavy, vus: b.size.heavyVUs}, Plan{})
	if err != nil {
		return err
	}
	b.Report.Heavy = b.compare(all)
	t := table{
		title: fmt.Sprintf("original stage heavy, %d requests by %d VUs: medians of %d interleaved rounds", b.size.heavy, b.size.heavyVUs, 3*b.Rounds),
		head:  []string{"tool", "cell s", "whole process s", "CPU ms", "req/s in the window", "RSS MB", "connections"},
	}
	for _, c := range b.Report.Heavy {
		t.add(c.Tool, formatFigure(c.WorkS), formatFigure(c.WallS), formatFigure(c.CPU*float64(c.Requests)/100), formatRate(c.Rate), formatFigure(c.RSSMB), fmt.Sprint(c.Opened))
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\ncell: the time of the stage in a notebook: for sagalab until all rows are on disk, for the original\n"+
		"until its frame is there; without the start of the program and, in Python, the imports.\n"+
		"CPU: sagalab's of the whole process, the original's of the cell alone.\n")
	return nil
}
