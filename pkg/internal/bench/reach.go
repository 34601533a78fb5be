package bench

import (
	"fmt"
	"math"
	"strings"
)

// Line is one figure, what it is to reach and what it was.
type Line struct {
	Figure   string `json:"figure"`
	Reach    string `json:"reach"`
	Measured string `json:"measured"`
	// Verdict is Met, NotMet or NotMeasured.
	Verdict string `json:"verdict"`
}

// The verdicts of a Line.
const (
	Met         = "met"
	NotMet      = "not met"
	NotMeasured = "not measured"
)

func verdict(met bool) string {
	if met {
		return Met
	}
	return NotMet
}

// reach draws the conclusion and prints it. What was not measured says so.
func (b *Bench) reach() {
	r := &b.Report
	r.Reach = nil
	for _, workers := range b.size.closedWorkers {
		r.Reach = append(r.Reach, closedLines(r.Closed, workers)...)
	}
	r.Reach = append(r.Reach, heavyLine(r.Heavy))
	r.Reach = append(r.Reach, stallLines(r.Stall)...)
	r.Reach = append(r.Reach, hiddenLine(r.Hidden))
	r.Reach = append(r.Reach, goLines(r.Go)...)
	t := table{title: "Reach", head: []string{"figure", "reach", "measured", "verdict"}, left: true}
	for _, l := range r.Reach {
		t.add(l.Figure, l.Reach, l.Measured, l.Verdict)
	}
	t.print(b.Out)
	if b.Quick {
		fmt.Fprint(b.Out, "\nThese are the figures of a quick run, which says that everything works and nothing of how fast.\n")
	}
}

// unmeasured are lines as not measured.
func unmeasured(lines ...Line) []Line {
	for i := range lines {
		lines[i].Measured, lines[i].Verdict = "–", NotMeasured
	}
	return lines
}

// closedLines are the lines of the closed model with so many workers.
func closedLines(all []Comparison, workers int) []Line {
	rate := Line{Figure: fmt.Sprintf("closed, %d: req/s ÷ tuned net/http", workers), Reach: "≥ 0.85"}
	cpu := Line{Figure: fmt.Sprintf("closed, %d: CPU ÷ tuned net/http", workers), Reach: "≤ 1.3"}
	ahead := Line{Figure: fmt.Sprintf("closed, %d: ahead of hey, vegeta, k6", workers), Reach: "req/s more, each"}
	opened := Line{Figure: fmt.Sprintf("connections opened, %d workers", workers), Reach: fmt.Sprintf("≤ %d", workers+1)}
	us := find(all, Ours, workers)
	if us == nil {
		return unmeasured(rate, cpu, ahead, opened)
	}
	opened.Measured, opened.Verdict = fmt.Sprintf("%d (%d with purchases)", us.Opened, us.Carrying), verdict(us.Opened <= int64(workers+1))
	if us.RateBy > 0 {
		rate.Measured, rate.Verdict = fmt.Sprintf("%.2f (whole process %.2f)", us.RateBy, us.WholeBy), verdict(us.RateBy >= .85)
		cpu.Measured, cpu.Verdict = fmt.Sprintf("%.2f", us.CPUBy), verdict(us.CPUBy <= 1.3)
	} else {
		rate, cpu = unmeasured(rate)[0], unmeasured(cpu)[0]
	}
	var parts []string
	least := math.Inf(1)
	for _, name := range []string{Hey, Vegeta, K6} {
		if peer := find(all, name, workers); peer != nil {
			parts = append(parts, fmt.Sprintf("%.2f ×", peer.Ahead))
			least = min(least, peer.Ahead)
			continue
		}
		parts = append(parts, "–")
	}
	ahead.Measured, ahead.Verdict = strings.Join(parts, ", "), verdict(least > 1)
	switch {
	case math.IsInf(least, 1):
		ahead.Verdict = NotMeasured
	case least > 1 && strings.Contains(ahead.Measured, "–"):
		ahead.Verdict = "met by who took part"
	}
	return []Line{rate, cpu, ahead, opened}
}

func find(all []Comparison, name string, workers int) *Comparison {
	for i := range all {
		if all[i].Contender == name && (workers == 0 || all[i].Workers == workers) {
			return &all[i]
		}
	}
	return nil
}

func heavyLine(all []Comparison) Line {
	l := Line{Figure: "stage heavy ÷ the original Python cell", Reach: "≥ 20 × faster"}
	us, original := find(all, Ours, 0), find(all, Original, 0)
	if us == nil || original == nil {
		return unmeasured(l)[0]
	}
	times := original.WorkS / us.WorkS
	l.Measured, l.Verdict = fmt.Sprintf("%.1f × (%.3f s to %.3f s)", times, original.WorkS, us.WorkS), verdict(times >= 20)
	return l
}

// stallLines judge the worst of all rounds.
func stallLines(all []Told) []Line {
	off := Line{Figure: "p90, p95, p99 under stalls, open model", Reach: "within 3 % of truth"}
	lost := Line{Figure: "arrivals dropped under stalls", Reach: "0"}
	worst := make([]float64, len(quantiles))
	dropped, rounds := 0, 0
	for _, r := range all {
		if r.Contender != Ours {
			continue
		}
		rounds++
		dropped = max(dropped, r.Dropped)
		for i, e := range r.ErrorPercent {
			if math.Abs(e) > math.Abs(worst[i]) {
				worst[i] = e
			}
		}
	}
	if rounds == 0 {
		return unmeasured(off, lost)
	}
	met := true
	var parts []string
	for _, e := range worst {
		parts = append(parts, fmt.Sprintf("%+.1f", e))
		met = met && math.Abs(e) <= 3
	}
	off.Measured, off.Verdict = strings.Join(parts, ", ")+" % at worst", verdict(met)
	lost.Measured, lost.Verdict = fmt.Sprint(dropped), verdict(dropped == 0)
	return []Line{off, lost}
}

// hiddenLine judges the worst of all rounds; a round in which no connection died
// proves nothing.
func hiddenLine(all []Told) Line {
	l := Line{Figure: "attempts recorded − attempts the server saw", Reach: "0"}
	worst, closed, rounds := int64(0), int64(0), 0
	for _, r := range all {
		if r.Contender != Ours {
			continue
		}
		rounds++
		closed += r.Closed
		if h := r.hidden(); max(h, -h) >= max(worst, -worst) {
			worst = h
		}
	}
	if rounds == 0 || closed == 0 {
		return unmeasured(l)[0]
	}
	l.Measured, l.Verdict = fmt.Sprint(-worst), verdict(worst == 0)
	return l
}

// goLines judge our own Go benchmarks.
func goLines(all []GoFigure) []Line {
	value := func(benchmark string) float64 {
		for _, f := range all {
			if f.Benchmark == benchmark {
				return f.Value
			}
		}
		return math.NaN()
	}
	judge := func(figure, reach, unit string, v, most float64) Line {
		l := Line{Figure: figure, Reach: reach}
		if math.IsNaN(v) {
			return unmeasured(l)[0]
		}
		l.Measured, l.Verdict = strings.TrimSpace(figures(v)+" "+unit), verdict(v <= most)
		return l
	}
	audit := func(n int) float64 {
		return math.Max(value(fmt.Sprintf("BenchmarkJudge/state/%d", n)), value(fmt.Sprintf("BenchmarkJudge/crowded/%d", n)))
	}
	growth := math.Max(value("BenchmarkJudge/state/1000000")/value("BenchmarkJudge/state/100000"),
		value("BenchmarkJudge/crowded/1000000")/value("BenchmarkJudge/crowded/100000"))
	return []Line{
		judge("records to a gota frame, 10⁵ rows", "≤ 500 ns a row", "ns a row", value("BenchmarkOperations/100000"), 500),
		judge("records to a gota frame, 10⁶ rows", "≤ 500 ns a row", "ns a row", value("BenchmarkOperations/1000000"), 500),
		judge("10⁶ rows summarised and drawn", "≤ 2 s", "s", value("BenchmarkMillionRows"), 2),
		judge("notebook cell with nothing to do, headless", "≤ 0.7 s", "s", value("BenchmarkWarmCell"), .7),
		judge("audit of 10⁵ operations", "≤ 0.5 s", "s", audit(100_000), .5),
		judge("audit, 10⁶ ÷ 10⁵ operations", "≤ 12 (n log n)", "×", growth, 12),
	}
}
