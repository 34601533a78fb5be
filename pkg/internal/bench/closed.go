package bench

import (
	"context"
	"fmt"

	"sagalab/pkg/load"
)

// Comparison has one tool's medians beside the baseline's.
type Comparison struct {
	Tool     string `json:"contender"`
	VUs      int    `json:"workers"`
	Rounds   int    `json:"rounds"`
	Requests int64  `json:"requests"` // of one round
	// Rate is requests a second in the server's window: median, and the extremes.
	Rate    float64 `json:"rate"`
	RateMin float64 `json:"rate_min"`
	RateMax float64 `json:"rate_max"`
	// WholeRate counts the whole process, start and files included.
	WholeRate float64 `json:"whole_rate"`
	// CPU is seconds per 100 000 requests, RSSMB the peak of memory.
	CPU   float64 `json:"cpu_s_per_100k"`
	RSSMB float64 `json:"rss_mb"`
	// Opened is the most connections that were opened in a round, Carrying the
	// most that had a purchase on them.
	Opened   int64 `json:"opened"`
	Carrying int64 `json:"carrying"`
	// WallS is the median of the whole process in seconds, WorkS of the work alone
	// where the tool measured it, else 0.
	WallS float64 `json:"wall_s"`
	WorkS float64 `json:"work_s"`
	// RateRatio, WholeRatio and CPURatio are medians of the rounds' ratios to the baseline in the same round; 0 without one. RateRatios and
	// CPURatios are those of each round.
	RateRatio  float64   `json:"rate_by"`
	WholeRatio float64   `json:"whole_by"`
	CPURatio   float64   `json:"cpu_by"`
	RateRatios []float64 `json:"rate_ratios"`
	CPURatios  []float64 `json:"cpu_ratios"`
	// Ahead is the median of the rounds' ratios of sagalab's rate to this one's.
	Ahead float64 `json:"ahead"`
}

// closed compares all tools in the closed model.
func (b *Bench) closed(ctx context.Context) error {
	for _, vus := range b.size.closedVUs {
		what := fmt.Sprintf("closed loop, %d connections", vus)
		if err := b.warm(ctx, vus); err != nil {
			return err
		}
		all, err := b.rounds(ctx, b.Rounds, what, b.tools, job{requests: b.size.closed, vus: vus}, Plan{})
		if err != nil {
			return err
		}
		compared := b.compare(all)
		b.Report.Closed = append(b.Report.Closed, compared...)
		b.printClosed(what, compared)
	}
	return nil
}

// warm runs each tool once without counting: programs come into the page cache, and the rate of vegeta, which takes a duration and no
// number of requests, is measured.
func (b *Bench) warm(ctx context.Context, vus int) error {
	for _, t := range b.tools {
		fmt.Fprintf(b.Log, "warming up with %d connections: %s\n", vus, t.name)
		_, err := b.measure(ctx, t, job{requests: max(b.size.closed/10/max(t.divisor, 1), vus), vus: vus}, Plan{})
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil { // it fails again where it is reported
			fmt.Fprintln(b.Log, err)
		}
	}
	return nil
}

// compare computes medians of rounds. The rounds of a tool are in the order in which they took place, so that the i-th rounds of two tools
// were neighbours in time.
func (b *Bench) compare(all []Measurement) []Comparison {
	var compared []Comparison
	baseline, sagalab := measurementsOf(all, NetHTTP), measurementsOf(all, Sagalab)
	for _, t := range b.tools {
		mine := measurementsOf(all, t.name)
		if len(mine) == 0 {
			continue
		}
		c := Comparison{Tool: t.name, VUs: mine[0].VUs, Rounds: len(mine), Requests: mine[0].Server.Requests}
		rates := values(mine, Measurement.Rate)
		c.Rate, c.RateMin, c.RateMax = load.Quantile(rates, .5), rates[0], rates[len(rates)-1]
		c.WholeRate = median(mine, Measurement.WholeRate)
		c.CPU = median(mine, Measurement.CPUPer100k)
		c.RSSMB = median(mine, func(m Measurement) float64 { return m.RSSMB })
		c.WallS = median(mine, func(m Measurement) float64 { return m.Wall.Seconds() })
		c.WorkS = median(mine, func(m Measurement) float64 { return m.Reported.Work.Seconds() })
		for _, m := range mine {
			c.Opened, c.Carrying = max(c.Opened, m.Server.Connections), max(c.Carrying, m.Server.Carrying)
		}
		c.RateRatio, c.WholeRatio, c.CPURatio = medianRatio(mine, baseline, Measurement.Rate), medianRatio(mine, baseline, Measurement.WholeRate), medianRatio(mine, baseline, Measurement.CPUPer100k)
		c.RateRatios, c.CPURatios = ratiosOf(mine, baseline, Measurement.Rate), ratiosOf(mine, baseline, Measurement.CPUPer100k)
		c.Ahead = medianRatio(sagalab, mine, Measurement.Rate)
		compared = append(compared, c)
	}
	return compared
}

// values are a figure of each measure, ascending.
func values(all []Measurement, figure func(Measurement) float64) []float64 {
	v := make([]float64, len(all))
	for i, m := range all {
		v[i] = figure(m)
	}
	return load.Sorted(v)
}

func median(all []Measurement, figure func(Measurement) float64) float64 {
	return load.Quantile(values(all, figure), .5)
}

// medianRatio returns the median of ratiosOf; 0 without any.
func medianRatio(mine, baseline []Measurement, figure func(Measurement) float64) float64 {
	ratios := ratiosOf(mine, baseline, figure)
	if len(ratios) == 0 {
		return 0
	}
	return load.Quantile(load.Sorted(ratios), .5)
}

// ratiosOf returns the ratios of mine to the baseline's, round by round, without those whose baseline is 0.
func ratiosOf(mine, baseline []Measurement, figure func(Measurement) float64) (ratios []float64) {
	for i := range min(len(mine), len(baseline)) {
		if y := figure(baseline[i]); y > 0 {
			ratios = append(ratios, figure(mine[i])/y)
		}
	}
	return ratios
}

func (b *Bench) printClosed(what string, compared []Comparison) {
	t := table{
		title: fmt.Sprintf("%s: medians of %d interleaved rounds, ÷ is to tuned net/http round by round", what, b.Rounds),
		head:  []string{"tool", "requests", "req/s", "min–max", "÷", "whole", "÷", "CPU s", "÷", "RSS MB", "connections"},
	}
	for _, c := range compared {
		t.add(c.Tool, fmt.Sprint(c.Requests), formatRate(c.Rate), formatRate(c.RateMin)+"–"+formatRate(c.RateMax), formatFigure(c.RateRatio),
			formatRate(c.WholeRate), formatFigure(c.WholeRatio), formatFigure(c.CPU), formatFigure(c.CPURatio), formatFigure(c.RSSMB), fmt.Sprintf("%d (%d)", c.Opened, c.Carrying))
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\nreq/s: from the first request that the server saw to its last answer; whole: of the whole process, its start and\n"+
		"its files included. CPU s: user and system, per 100 000 requests, of the whole process; of the Python original\n"+
		"without the imports. connections: the most opened in a round, and (with purchases on them).\n")
}
