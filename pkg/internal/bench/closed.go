package bench

import (
	"context"
	"fmt"

	"sagalab/pkg/load"
)

// Comparison is one contender's medians beside the yardstick's.
type Comparison struct {
	Contender string `json:"contender"`
	Workers   int    `json:"workers"`
	Rounds    int    `json:"rounds"`
	Requests  int64  `json:"requests"` // of one round
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
	// where the contender measured it, else 0.
	WallS float64 `json:"wall_s"`
	WorkS float64 `json:"work_s"`
	// RateBy, WholeBy and CPUBy are medians of the rounds' ratios to the yardstick
	// in the same round; 0 without one.
	RateBy  float64 `json:"rate_by"`
	WholeBy float64 `json:"whole_by"`
	CPUBy   float64 `json:"cpu_by"`
	// Ahead is the median of the rounds' ratios of sagalab's rate to this one's.
	Ahead float64 `json:"ahead"`
}

// closed compares everybody in the closed model.
func (b *Bench) closed(ctx context.Context) error {
	for _, workers := range b.size.closedWorkers {
		what := fmt.Sprintf("closed loop, %d connections", workers)
		if err := b.warm(ctx, workers); err != nil {
			return err
		}
		all, err := b.rounds(ctx, b.Rounds, what, b.tools, job{requests: b.size.closed, workers: workers}, Plan{})
		if err != nil {
			return err
		}
		compared := b.compare(all)
		b.Report.Closed = append(b.Report.Closed, compared...)
		b.printClosed(what, compared)
	}
	return nil
}

// warm runs everybody once without counting: programs come into the page cache,
// and vegeta, which can only be told for how long, gets its pace.
func (b *Bench) warm(ctx context.Context, workers int) error {
	for _, t := range b.tools {
		fmt.Fprintf(b.Log, "warming up with %d connections: %s\n", workers, t.name)
		_, err := b.measure(ctx, t, job{requests: max(b.size.closed/10/max(t.slow, 1), workers), workers: workers}, Plan{})
		if cause := context.Cause(ctx); cause != nil {
			return cause
		}
		if err != nil { // it fails again where it is reported
			fmt.Fprintln(b.Log, err)
		}
	}
	return nil
}

// compare makes medians of rounds; the rounds of a contender are in the order in
// which they took place, so that the i-th of two contenders are neighbours.
func (b *Bench) compare(all []Measure) []Comparison {
	var compared []Comparison
	yard, us := of(all, NetHTTP), of(all, Ours)
	for _, t := range b.tools {
		mine := of(all, t.name)
		if len(mine) == 0 {
			continue
		}
		c := Comparison{Contender: t.name, Workers: mine[0].Workers, Rounds: len(mine), Requests: mine[0].Saw.Requests}
		rates := values(mine, Measure.Rate)
		c.Rate, c.RateMin, c.RateMax = load.Quantile(rates, .5), rates[0], rates[len(rates)-1]
		c.WholeRate = median(mine, Measure.WholeRate)
		c.CPU = median(mine, Measure.CPUPer100k)
		c.RSSMB = median(mine, func(m Measure) float64 { return m.RSSMB })
		c.WallS = median(mine, func(m Measure) float64 { return m.Wall.Seconds() })
		c.WorkS = median(mine, func(m Measure) float64 { return m.Said.Work.Seconds() })
		for _, m := range mine {
			c.Opened, c.Carrying = max(c.Opened, m.Saw.Connections), max(c.Carrying, m.Saw.Carrying)
		}
		c.RateBy, c.WholeBy, c.CPUBy = by(mine, yard, Measure.Rate), by(mine, yard, Measure.WholeRate), by(mine, yard, Measure.CPUPer100k)
		c.Ahead = by(us, mine, Measure.Rate)
		compared = append(compared, c)
	}
	return compared
}

// values are a figure of each measure, ascending.
func values(all []Measure, figure func(Measure) float64) []float64 {
	v := make([]float64, len(all))
	for i, m := range all {
		v[i] = figure(m)
	}
	return load.Sorted(v)
}

func median(all []Measure, figure func(Measure) float64) float64 {
	return load.Quantile(values(all, figure), .5)
}

// by is the median ratio of mine to the yardstick's, round by round; 0 without
// one.
func by(mine, yard []Measure, figure func(Measure) float64) float64 {
	var ratios []float64
	for i := range min(len(mine), len(yard)) {
		if y := figure(yard[i]); y > 0 {
			ratios = append(ratios, figure(mine[i])/y)
		}
	}
	if len(ratios) == 0 {
		return 0
	}
	return load.Quantile(load.Sorted(ratios), .5)
}

func (b *Bench) printClosed(what string, compared []Comparison) {
	t := table{
		title: fmt.Sprintf("%s: medians of %d interleaved rounds, ÷ is to tuned net/http round by round", what, b.Rounds),
		head:  []string{"contender", "requests", "req/s", "min–max", "÷", "whole", "÷", "CPU s", "÷", "RSS MB", "connections"},
	}
	for _, c := range compared {
		t.add(c.Contender, fmt.Sprint(c.Requests), thousands(c.Rate), thousands(c.RateMin)+"–"+thousands(c.RateMax), figures(c.RateBy),
			thousands(c.WholeRate), figures(c.WholeBy), figures(c.CPU), figures(c.CPUBy), figures(c.RSSMB), fmt.Sprintf("%d (%d)", c.Opened, c.Carrying))
	}
	t.print(b.Out)
	fmt.Fprint(b.Out, "\nreq/s: from the first request that the server saw to its last answer; whole: of the whole process, its start and\n"+
		"its files included. CPU s: user and system, per 100 000 requests, of the whole process; of the Python original\n"+
		"without the imports. connections: the most opened in a round, and (with purchases on them).\n")
}
