package figure

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"gonum.org/v1/plot"

	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// purchases is a frame of n purchases; one in ten is retried, and one in a hundred fails.
func purchases(n int) dataframe.DataFrame {
	random := rand.New(rand.NewPCG(3, 5))
	start, latency, wait, stamp := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	attempts, outcome, stage := make([]int, n), make([]string, n), make([]string, n)
	for i := range n {
		start[i], attempts[i], outcome[i], stage[i] = float64(i)/100, 1, "ok", []string{"light", "medium", "heavy"}[i%3]
		stamp[i] = 1.764e9 + start[i]
		latency[i] = 3 + 4*random.ExpFloat64() + 3*float64(i%3)
		if random.IntN(10) == 0 {
			attempts[i], wait[i] = 2+random.IntN(2), 50*float64(1+random.IntN(3))
			latency[i] += wait[i] + 600*float64(i%2)
		}
		if random.IntN(100) == 0 {
			outcome[i] = []string{"failed", "unknown"}[i%2]
		}
	}
	return dataframe.New(series.New(start, series.Float, "start_s"), series.New(stamp, series.Float, "start_ts"), series.New(latency, series.Float, "latency_ms"),
		series.New(wait, series.Float, "wait_ms"), series.New(attempts, series.Int, "attempts"), series.New(outcome, series.String, "outcome"), series.New(stage, series.String, "stage"))
}

// counts is a frame such as frame.GroupBy returns.
func counts() dataframe.DataFrame {
	return dataframe.New(
		series.New([]string{"light", "light", "medium", "medium", "heavy", "heavy"}, series.String, "stage"),
		series.New([]string{"http_503", "timeout", "http_503", "timeout", "http_503", "timeout"}, series.String, "reason"),
		series.New([]int{3, 1, 17, 4, 120, 0}, series.Int, "rows"),
		series.New([]float64{12.5, 1000.4, 14.1, 1003, 80.25, math.NaN()}, series.Float, "p99_latency_ms"),
	)
}

// many is a frame of twelve groups, with missing numbers.
func many() dataframe.DataFrame {
	n := 240
	x, y, names := make([]float64, n), make([]float64, n), make([]string, n)
	for i := range n {
		x[i], y[i], names[i] = float64(i/12), float64(i%12)*5+math.Sin(float64(i)/20), fmt.Sprintf("a group with a long name, the number %d", i%12)
		if i%20 == 7 {
			y[i] = math.NaN()
		}
	}
	return dataframe.New(series.New(x, series.Float, "offered_per_s"), series.New(y, series.Float, "error_percent"), series.New(names, series.String, "policy"))
}

// noError returns a frame that has no error.
func noError(df dataframe.DataFrame, err error) dataframe.DataFrame {
	if err != nil {
		panic(err)
	}
	return df
}

// few is many with eight groups.
func few() dataframe.DataFrame {
	return noError(frame.Where(many(), "error_percent", frame.Below(39)))
}

func checkFrameFigure(t *testing.T, name string, draw func() (*plot.Plot, error)) {
	check(t, name, func([]runs.Stage) (*plot.Plot, error) { return draw() }, nil)
	t.Run("margins of "+name, func(t *testing.T) {
		p, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		checkMargins(t, name, p)
	})
}

// frameFigures is every golden image of a frame.
var frameFigures = map[string]func() (*plot.Plot, error){
	"scatter_start": func() (*plot.Plot, error) { return Scatter(purchases(1000), "start_s", "latency_ms", "outcome") },
	"scatter_durations": func() (*plot.Plot, error) { // start_s is above 0 and spans three decades
		return Scatter(noError(frame.Top(purchases(3000), "start_s", 2999)), "start_s", "latency_ms", "outcome")
	},
	"lines_outcomes": func() (*plot.Plot, error) {
		return Lines(noError(frame.Top(purchases(1000), "start_s", 999)), "start_s", "latency_ms", "outcome", Linear("latency_ms"))
	},
	"scatter_large":    func() (*plot.Plot, error) { return Scatter(purchases(50_000), "start_ts", "latency_ms", "") },
	"scatter_attempts": func() (*plot.Plot, error) { return Scatter(purchases(1000), "attempts", "latency_ms", "attempts") },
	"scatter_stages":   func() (*plot.Plot, error) { return Scatter(purchases(300), "stage", "wait_ms", "stage") },
	"scatter_one":      func() (*plot.Plot, error) { return Scatter(purchases(1), "start_s", "latency_ms", "") },
	"scatter_many":     func() (*plot.Plot, error) { return Scatter(many(), "offered_per_s", "error_percent", "policy") },
	"lines_stages":     func() (*plot.Plot, error) { return Lines(purchases(3000), "start_s", "latency_ms", "stage") },
	"lines_many":       func() (*plot.Plot, error) { return Lines(few(), "offered_per_s", "error_percent", "policy") },
	"lines_short":      func() (*plot.Plot, error) { return Lines(purchases(20), "start_s", "wait_ms", "") },
	"bars_reasons":     func() (*plot.Plot, error) { return Bars(counts(), "reason", "rows", "stage") },
	"bars_missing":     func() (*plot.Plot, error) { return Bars(counts(), "stage", "p99_latency_ms", "reason") },
	"bars_same":        func() (*plot.Plot, error) { return Bars(counts().Subset([]int{0, 2, 4}), "stage", "rows", "stage") },
	"bars_numbers":     func() (*plot.Plot, error) { return Bars(purchases(24), "start_s", "latency_ms", "") },
}

func TestFrameFigures(t *testing.T) {
	for name, draw := range frameFigures {
		checkFrameFigure(t, name, draw)
	}
}

func TestFrameFiguresRefuse(t *testing.T) {
	none := purchases(3).Subset([]int{})
	nan := dataframe.New(series.New([]float64{math.NaN(), 1}, series.Float, "a"), series.New([]float64{1, math.Inf(1)}, series.Float, "b"))
	broken := dataframe.DataFrame{Err: errors.New("broken before")}
	for name, c := range map[string]struct {
		draw func() (*plot.Plot, error)
		want string
	}{
		"misspelt x":   {func() (*plot.Plot, error) { return Scatter(purchases(3), "strat_s", "latency_ms", "") }, `no column "strat_s": did you mean start_s`},
		"misspelt y":   {func() (*plot.Plot, error) { return Lines(purchases(3), "start_s", "latency", "") }, `no column "latency": did you mean latency_ms`},
		"misspelt by":  {func() (*plot.Plot, error) { return Bars(counts(), "stage", "rows", "raeson") }, `no column "raeson": did you mean reason`},
		"text y":       {func() (*plot.Plot, error) { return Scatter(purchases(3), "start_s", "outcome", "") }, `"outcome" holds text`},
		"text x":       {func() (*plot.Plot, error) { return Lines(purchases(3), "stage", "latency_ms", "") }, `"stage" holds text`},
		"an error":     {func() (*plot.Plot, error) { return Scatter(broken, "a", "b", "") }, "broken before"},
		"zero frame":   {func() (*plot.Plot, error) { return Lines(dataframe.DataFrame{}, "a", "b", "") }, "no columns"},
		"two rows":     {func() (*plot.Plot, error) { return Bars(counts(), "stage", "rows", "") }, `two rows have stage "light"`},
		"two rows, by": {func() (*plot.Plot, error) { return Bars(purchases(9), "stage", "latency_ms", "stage") }, `two rows have stage "light" and stage "light"`},
		"negative":     {func() (*plot.Plot, error) { return Bars(many().Subset([]int{1, 84}), "policy", "error_percent", "") }, "negative number"},
		"many bars":    {func() (*plot.Plot, error) { return Bars(purchases(100), "start_s", "latency_ms", "") }, "100 different texts"},
		"many groups": {func() (*plot.Plot, error) {
			return Bars(many().Subset([]int{0, 1, 2, 3, 4, 5, 6, 8, 9}), "policy", "error_percent", "policy")
		}, "policy has more than 8 values"},
		"many lines": {func() (*plot.Plot, error) { return Lines(many(), "offered_per_s", "error_percent", "policy") }, "policy has more than 8 values"},
	} {
		if _, err := c.draw(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want an error with %q", name, err, c.want)
		}
	}
	for name, draw := range map[string]func() (*plot.Plot, error){
		"scatter of no rows":   func() (*plot.Plot, error) { return Scatter(none, "start_s", "latency_ms", "outcome") },
		"lines of no rows":     func() (*plot.Plot, error) { return Lines(none, "start_s", "latency_ms", "") },
		"bars of no rows":      func() (*plot.Plot, error) { return Bars(none, "stage", "latency_ms", "") },
		"scatter of no number": func() (*plot.Plot, error) { return Scatter(nan, "a", "b", "") },
	} {
		if _, err := draw(); !errors.As(err, new(Nothing)) {
			t.Errorf("%s: %v, want Nothing", name, err)
		}
	}
}

// TestLogAxisWhereTheRangeAsks: a 0 has no place on a logarithmic axis.
func TestLogAxisWhereTheRangeAsks(t *testing.T) {
	for _, c := range []struct {
		values []float64
		log    bool
	}{
		{[]float64{1, 101}, true}, {[]float64{1, 99}, false}, {[]float64{0, 1, 1000}, false}, {[]float64{-5, 1000}, false}, {[]float64{7}, false}, {[]float64{0}, false},
	} {
		a := newValueAxis(c.values, false, byRange)
		if a.log != c.log {
			t.Errorf("the axis of %v is logarithmic: %v, want %v", c.values, a.log, c.log)
		}
		for _, v := range c.values {
			if at := a.at(v); !(at >= a.low && at <= a.high) || !(a.low < a.high) {
				t.Errorf("%v of %v stands at %v, outside of %v to %v", v, c.values, at, a.low, a.high)
			}
		}
	}
}

func TestColumnLabels(t *testing.T) {
	for column, want := range map[string]string{
		"latency_ms": "latency (ms)", "p99_latency_ms": "p99 latency (ms)", "start_s": "start (s)", "offered_per_s": "offered (per s)", "attempts": "attempts",
		"of_requests_percent": "of requests (%)", "_ms": " ms", "cpu_us": "cpu (µs)",
	} {
		if got := columnLabel(column); got != want {
			t.Errorf("the label of %s is %q, want %q", column, got, want)
		}
	}
}
