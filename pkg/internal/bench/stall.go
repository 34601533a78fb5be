package bench

import (
	"context"
	"fmt"
	"math"
	"slices"

	"sagalab/pkg/load"
)

// stall asks everybody who can keep a rate what latency is, of a server that
// blocks, and compares that with what it must have been.
func (b *Bench) stall(ctx context.Context) error {
	tools := slices.DeleteFunc(slices.Clone(b.tools), func(t tool) bool { return !t.open })
	plan := Plan{Stall: b.size.stall}
	j := job{rate: b.size.stallRate, span: b.size.stallSpan, workers: 50}
	all, err := b.rounds(ctx, b.Rounds, "stall", tools, j, plan)
	if err != nil {
		return err
	}
	for _, t := range tools {
		for _, m := range of(all, t.name) {
			b.Report.Stall = append(b.Report.Stall, stalled(m, j, plan.Stall))
		}
	}
	b.printStall(j)
	return nil
}

// stalled compares what a contender says with the truth under its own delays.
func stalled(m Measure, j job, s Stall) Told {
	r := told(m)
	truth := load.Sorted(s.Truth(float64(j.rate), j.asked(), m.Saw.Delays))
	for _, q := range quantiles {
		is, said := load.Quantile(truth, q/100), -1.0
		if v, ok := m.Said.Latencies[q]; ok && !math.IsNaN(v) {
			said = v
		}
		r.Quantiles, r.Truth, r.Latency = append(r.Quantiles, q), append(r.Truth, is), append(r.Latency, said)
		r.ErrorPercent = append(r.ErrorPercent, (said-is)/is*100)
	}
	return r
}

func (b *Bench) printStall(j job) {
	t := table{
		title: fmt.Sprintf("truth under stalls: %d requests/s for %v at a server that blocks %v in every %v", j.rate, j.span, b.size.stall.For, b.size.stall.Every),
		head:  []string{"contender", "server saw", "dropped", "p90 ms", "truth", "off by", "p95 ms", "truth", "off by", "p99 ms", "truth", "off by"},
	}
	for _, r := range b.Report.Stall {
		cells := []string{r.Contender, fmt.Sprint(r.Saw), dropped(r.Dropped, j.asked()-int(r.Saw))}
		for i := range r.Quantiles {
			cells = append(cells, figures(r.Latency[i]), figures(r.Truth[i]), fmt.Sprintf("%+.1f %%", r.ErrorPercent[i]))
		}
		t.add(cells...)
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\ntruth: what is left of the stall at the scheduled start, and the delays from a stall's end to the answers that\n"+
		"the server measured. dropped: as reported; (n) where nothing is said and n requests never came. sagalab's\n"+
		"figures are quantiles of latency_ms of its rows on disk; hey and k6 have 50 connections, vegeta no limit.\n")
}

// dropped is what a contender says that it dropped, else what is missing.
func dropped(said, missing int) string {
	if said >= 0 {
		return fmt.Sprint(said)
	}
	return fmt.Sprintf("(%d)", max(missing, 0))
}
