package bench

import (
	"fmt"
	"math"
	"strings"
)

// Goal is a figure, its target and what was measured.
type Goal struct {
	Figure   string `json:"figure"`
	Target   string `json:"reach"`
	Measured string `json:"measured"`
	// Verdict is Met, NotMet or NotMeasured.
	Verdict string `json:"verdict"`
}

// The verdicts of a Goal.
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

// printGoals judges the goals and prints them.
func (b *Bench) printGoals() {
	r := &b.Report
	r.Goals = nil
	for _, vus := range b.size.closedVUs {
		r.Goals = append(r.Goals, closedGoals(r.Closed, vus)...)
	}
	r.Goals = append(r.Goals, heavyGoal(r.Heavy))
	r.Goals = append(r.Goals, stallGoals(r.Stall)...)
	r.Goals = append(r.Goals, hiddenGoal(r.Hidden))
	r.Goals = append(r.Goals, goGoals(r.Go)...)
	t := table{title: "Goals", head: []string{"figure", "goal", "measured", "verdict"}, left: true}
	for _, l := range r.Goals {
		t.add(l.Figure, l.Target, l.Measured, l.Verdict)
	}
	t.print(b.Out)
	if b.Quick {
		fmt.Fprint(b.Out, "\nThese figures are of a quick run: they show that everything works, not how fast it is.\n")
	}
}

// unmeasured marks goals as not measured.
func unmeasured(lines ...Goal) []Goal {
	for i := range lines {
		lines[i].Measured, lines[i].Verdict = "–", NotMeasured
	}
	return lines
}

// closedGoals judges the closed model with vus virtual users.
func closedGoals(all []Comparison, vus int) []Goal {
	rate := Goal{Figure: fmt.Sprintf("closed, %d: req/s ÷ tuned net/http", vus), Target: "≥ 0.85"}
	cpu := Goal{Figure: fmt.Sprintf("closed, %d: CPU ÷ tuned net/http", vus), Target: "≤ 1.3"}
	ahead := Goal{Figure: fmt.Sprintf("closed, %d: ahead of hey, vegeta, k6", vus), Target: "req/s more, each"}
	opened := Goal{Figure: fmt.Sprintf("connections opened, %d VUs", vus), Target: fmt.Sprintf("≤ %d", vus+1)}
	ours := find(all, Sagalab, vus)
	if ours == nil {
		return unmeasured(rate, cpu, ahead, opened)
	}
	opened.Measured, opened.Verdict = fmt.Sprintf("%d (%d with purchases)", ours.Opened, ours.Carrying), verdict(ours.Opened <= int64(vus+1))
	if ours.RateRatio > 0 {
		rate.Measured, rate.Verdict = fmt.Sprintf("%.2f (whole process %.2f)", ours.RateRatio, ours.WholeRatio), verdict(ours.RateRatio >= .85)
		cpu.Measured, cpu.Verdict = fmt.Sprintf("%.2f", ours.CPURatio), verdict(ours.CPURatio <= 1.3)
	} else {
		rate, cpu = unmeasured(rate)[0], unmeasured(cpu)[0]
	}
	var parts []string
	least := math.Inf(1)
	for _, name := range []string{Hey, Vegeta, K6} {
		if peer := find(all, name, vus); peer != nil {
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
		ahead.Verdict = "met by those measured"
	}
	return []Goal{rate, cpu, ahead, opened}
}

func find(all []Comparison, name string, vus int) *Comparison {
	for i := range all {
		if all[i].Tool == name && (vus == 0 || all[i].VUs == vus) {
			return &all[i]
		}
	}
	return nil
}

func heavyGoal(all []Comparison) Goal {
	l := Goal{Figure: "stage heavy ÷ the original Python cell", Target: "≥ 20 × faster"}
	ours, original := find(all, Sagalab, 0), find(all, Original, 0)
	if ours == nil || original == nil {
		return unmeasured(l)[0]
	}
	times := original.WorkS / ours.WorkS
	l.Measured, l.Verdict = fmt.Sprintf("%.1f × (%.3f s to %.3f s)", times, original.WorkS, ours.WorkS), verdict(times >= 20)
	return l
}

// stallGoals judges the worst of all rounds.
func stallGoals(all []Accuracy) []Goal {
	off := Goal{Figure: "p90, p95, p99 under stalls, open model", Target: "within 3 % of truth"}
	lost := Goal{Figure: "arrivals dropped under stalls", Target: "0"}
	worst := make([]float64, len(quantiles))
	dropped, rounds := 0, 0
	for _, r := range all {
		if r.Tool != Sagalab {
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
	return []Goal{off, lost}
}

// hiddenGoal judges the worst of all rounds. Without a connection that died nothing was measured.
func hiddenGoal(all []Accuracy) Goal {
	l := Goal{Figure: "attempts recorded − attempts the server saw", Target: "0"}
	worst, closed, rounds := int64(0), int64(0), 0
	for _, r := range all {
		if r.Tool != Sagalab {
			continue
		}
		rounds++
		closed += r.Unanswered
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

// goGoals judges the Go benchmarks of this repository.
func goGoals(all []GoFigure) []Goal {
	value := func(benchmark string) float64 {
		for _, f := range all {
			if f.Benchmark == benchmark {
				return f.Value
			}
		}
		return math.NaN()
	}
	cells := func(unit string) float64 {
		for _, f := range all {
			if f.Benchmark == "BenchmarkCellsOfNotebook01/1000000" && f.Unit == unit {
				return f.Value
			}
		}
		return math.NaN()
	}
	judge := func(figure, reach, unit string, v, most float64) Goal {
		l := Goal{Figure: figure, Target: reach}
		if math.IsNaN(v) {
			return unmeasured(l)[0]
		}
		l.Measured, l.Verdict = strings.TrimSpace(formatFigure(v)+" "+unit), verdict(v <= most)
		return l
	}
	audit := func(n int) float64 {
		return math.Max(value(fmt.Sprintf("BenchmarkJudge/state/%d", n)), value(fmt.Sprintf("BenchmarkJudge/crowded/%d", n)))
	}
	growth := math.Max(value("BenchmarkJudge/state/1000000")/value("BenchmarkJudge/state/100000"),
		value("BenchmarkJudge/crowded/1000000")/value("BenchmarkJudge/crowded/100000"))
	return []Goal{
		judge("records to a gota frame, 10⁵ rows", "≤ 500 ns a row", "ns a row", value("BenchmarkOperations/100000"), 500),
		judge("records to a gota frame, 10⁶ rows", "≤ 500 ns a row", "ns a row", value("BenchmarkOperations/1000000"), 500),
		judge("10⁶ rows summarised and drawn", "≤ 2 s", "s", value("BenchmarkMillionRows"), 2),
		judge("10⁶ purchases on disk shown by the cells of notebook 01", "≤ 1.5 s", "s", cells("s/cells"), 1.5),
		judge("memory of these cells", "≤ 250 MB", "MB", cells("MB/cells"), 250),
		judge("notebook cell with nothing to do, headless", "≤ 0.7 s", "s", value("BenchmarkWarmCell"), .7),
		judge("audit of 10⁵ operations", "≤ 0.5 s", "s", audit(100_000), .5),
		judge("audit, 10⁶ ÷ 10⁵ operations", "≤ 12 (n log n)", "×", growth, 12),
	}
}
