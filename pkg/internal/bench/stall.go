package bench

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sagalab/pkg/load"
)

// stall has every tool that can keep an arrival rate measure the latency of a server that blocks, and compares it with the true one.
func (b *Bench) stall(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(t tool) bool { return !t.open })
	plan := Plan{Stall: b.size.stall}
	j := job{rate: b.size.stallRate, span: b.size.stallSpan, vus: 50}
	all, err := b.rounds(ctx, b.Rounds, "stall", tools, j, plan)
	if err != nil {
		return err
	}
	for _, t := range tools {
		for _, m := range measurementsOf(all, t.name) {
			b.Report.Stall = append(b.Report.Stall, stallAccuracy(m, j, plan.Stall))
		}
	}
	b.printStall(j)
	return nil
}

// stallAccuracy compares the latencies that a tool reports with the true ones, under the delays that the server measured for it.
func stallAccuracy(m Measurement, j job, s Stall) Accuracy {
	r := accuracyOf(m)
	truth := load.Sorted(s.TrueLatencies(float64(j.rate), j.planned(), m.Server.Delays))
	for _, q := range quantiles {
		want, reported := load.Quantile(truth, q/100), -1.0
		if v, ok := m.Reported.Latencies[q]; ok && !math.IsNaN(v) {
			reported = v
		}
		r.Quantiles, r.True, r.Latency = append(r.Quantiles, q), append(r.True, want), append(r.Latency, reported)
		r.ErrorPercent = append(r.ErrorPercent, (reported-want)/want*100)
	}
	return r
}

func (b *Bench) printStall(j job) {
	t := table{
		title: fmt.Sprintf("latency under stalls: %d requests/s for %v at a server that blocks %v in every %v", j.rate, j.span, b.size.stall.For, b.size.stall.Every),
		head:  []string{"tool", "server received", "dropped", "p90 ms", "true", "error", "p95 ms", "true", "error", "p99 ms", "true", "error"},
	}
	for _, r := range b.Report.Stall {
		cells := []string{r.Tool, fmt.Sprint(r.Received), dropped(r.Dropped, j.planned()-int(r.Received))}
		for i := range r.Quantiles {
			cells = append(cells, formatFigure(r.Latency[i]), formatFigure(r.True[i]), fmt.Sprintf("%+.1f %%", r.ErrorPercent[i]))
		}
		t.add(cells...)
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\ntrue: what is left of the stall at the scheduled start, plus the delays from a stall's end to the answers that\n"+
		"the server measured. dropped: as reported; (n) where nothing is reported and n requests never came. sagalab's\n"+
		"figures are quantiles of latency_ms of its rows on disk; hey and k6 have 50 connections, vegeta no limit.\n")
}

// dropped formats what a tool reports as dropped, else what is missing.
func dropped(reported, missing int) string {
	if reported >= 0 {
		return fmt.Sprint(reported)
	}
	return fmt.Sprintf("(%d)", max(missing, 0))
}
