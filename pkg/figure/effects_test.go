package figure

import (
	"math"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// before and after are stages of two runs that are to be compared.
func before() runs.Stage {
	return timed(stage(shape{"heavy", 4000, 40, .01, .5, []string{"timeout"}}), 1)
}
func after() runs.Stage {
	return timed(stage(shape{"heavy", 5000, 48, .06, .5, []string{"timeout"}}), 1.1)
}

// timed gives a stage the times of five workers, in which latencies are a factor
// longer and requests do not come alike.
func timed(s runs.Stage, factor float64) runs.Stage {
	s.VUs = 5
	var free [5]time.Duration
	for i := range s.Operations {
		o := &s.Operations[i]
		o.LatencyMS *= factor
		user := &free[i%len(free)]
		o.ScheduledTS = began.Add(*user)
		*user += time.Duration(o.LatencyMS * 1e6)
		o.EndTS = began.Add(*user)
	}
	return s
}

// effects is the figure of a comparison, as a figure of stages.
func effects(stages []runs.Stage) (*plot.Plot, error) {
	if len(stages) == 0 {
		return Effects(compare.Comparison{})
	}
	return Effects(compare.Stages(stages[0], stages[len(stages)-1], compare.Options{}))
}

func TestGoldenComparisons(t *testing.T) {
	a, b := before(), after()
	check(t, "cdfs_two_runs", func([]runs.Stage) (*plot.Plot, error) {
		return CDFs([]runs.Stage{a.Named("20260102-150405 heavy"), b.Named("20260103-090000 heavy")})
	}, nil)
	check(t, "cdfs_calm", CDFs, calm())
	check(t, "cdfs_crowded", CDFs, crowded())
	check(t, "effects_two_runs", func([]runs.Stage) (*plot.Plot, error) {
		c := compare.Stages(a, b, compare.Options{})
		c.A.Run, c.B.Run = "20260102-150405", "20260103-090000"
		return Effects(c)
	}, nil)
	check(t, "effects_better", effects, []runs.Stage{b, a})
	check(t, "effects_few", effects, calm()[:2])
	check(t, "effects_factor", func([]runs.Stage) (*plot.Plot, error) {
		c := compare.Stages(a, b, compare.Options{})
		c.Changes[1].Change, c.Changes[1].Verdict = compare.Estimate{Value: 5900, Low: 5200, High: 6900}, compare.Worse
		c.Changes[3].Change, c.Changes[3].Verdict = compare.Estimate{Value: 300, Low: 90, High: 1100}, compare.Worse
		c.Changes[8].Change, c.Changes[8].Verdict = compare.Estimate{Value: -98, Low: -99, High: -97}, compare.Worse
		c.B.Notes = []string{"client was the bottleneck", "schedule not kept"}
		return Effects(c)
	}, nil)
}

func TestCDFsHaveBoundedPoints(t *testing.T) {
	s := stage(shape{name: "heavy", requests: 100_000, centre: 40})
	c := newCDF(s, 0)
	if len(c.values) != cdfPoints || !slices.IsSorted(c.values) {
		t.Errorf("a curve of %d points, sorted %v; want %d that rise", len(c.values), slices.IsSorted(c.values), cdfPoints)
	}
	var latency []float64
	for _, o := range s.Operations {
		latency = append(latency, o.LatencyMS)
	}
	slices.Sort(latency)
	if math.Abs(c.values[0]/load.Quantile(latency, firstShare)-1) > .01 || math.Abs(c.values[cdfPoints-1]/load.Quantile(latency, lastShare)-1) > .01 || c.marks[2] != load.Quantile(latency, .99) {
		t.Errorf("the curve goes from %v to %v with p99 %v, which are not the stage's", c.values[0], c.values[cdfPoints-1], c.marks[2])
	}
}

func TestCurvesDiffer(t *testing.T) {
	seen := map[any]int{}
	for i := range 8 {
		c := cdf{place: i}
		if j, ok := seen[c.color()]; ok {
			t.Errorf("curves %d and %d have one colour", i, j)
		}
		seen[c.color()] = i
		if i > 0 && slices.Equal(c.style().Dashes, cdf{place: i - 1}.style().Dashes) {
			t.Errorf("curves %d and %d have the same dashes", i-1, i)
		}
	}
}

// One interval of too few samples does not press the others flat.
func TestForestSpansWhatWasConcluded(t *testing.T) {
	inf := math.Inf(1)
	f := newForest([]compare.Change{
		{Change: compare.Estimate{Value: 5, Low: -2, High: 12}, Verdict: compare.NoDifference},
		{Change: compare.Estimate{Value: 20, Low: -90, High: 5000}, Verdict: compare.TooFew},
		{Change: compare.Estimate{Value: inf, Low: 1, High: inf}, Verdict: compare.Worse},
		{Change: compare.Estimate{Value: math.NaN(), Low: math.NaN(), High: math.NaN()}, Verdict: compare.NoDifference},
	})
	if !(f.low < changePosition(-2) && f.low > changePosition(-5) && f.high > changePosition(20) && f.high < changePosition(25)) {
		t.Errorf("the axis goes from %v to %v, want a little more than -2 to 20 %%", f.low, f.high)
	}
}
