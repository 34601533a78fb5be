package nb

import (
	"errors"
	"math"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/fault"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Phases shows what each stage did before, during and after the plan's windows,
// from the first one's opening to the last one's end: the numbers behind
// figure.Goodput and figure.Amplification. Attempts and purchases begun, or the steps begun
// where a purchase takes several, count by their starts, confirmed purchases by their ends. The last phase goes on until the last
// purchase ended, so that each attempt and each purchase is in one phase.
func Phases(stages []runs.Stage, p fault.Plan) { Table(phasesFrame(stages, p)) }

// phase is a part of a stage, from From to To after its start.
type phase struct {
	stage, name                string
	from, to                   time.Duration
	begun, attempts, confirmed int
}

// phasesFrame has three rows for each stage. Its amplification is attempts ÷
// purchases begun, and NaN where none was.
func phasesFrame(stages []runs.Stage, p fault.Plan) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	if len(p.Windows) == 0 {
		return dataframe.DataFrame{}, errors.New("phases: the plan has no window, so there is no before and after")
	}
	from, to := p.Windows[0].From, p.Windows[0].To
	for _, w := range p.Windows {
		from, to = min(from, w.From), max(to, w.To)
	}
	var rows []phase
	for _, s := range stages {
		rows = append(rows, phasesOf(s, from, to)...)
	}
	text := func(get func(phase) string) (v []string) {
		for _, r := range rows {
			v = append(v, get(r))
		}
		return v
	}
	number := func(name string, get func(phase) float64) series.Series {
		var v []float64
		for _, r := range rows {
			v = append(v, get(r))
		}
		return series.New(v, series.Float, name)
	}
	df := dataframe.New(
		series.New(text(func(r phase) string { return r.stage }), series.String, "stage"),
		series.New(text(func(r phase) string { return r.name }), series.String, "phase"),
		number("from_s", func(r phase) float64 { return r.from.Seconds() }),
		number("to_s", func(r phase) float64 { return r.to.Seconds() }),
		number("begun", func(r phase) float64 { return float64(r.begun) }),
		number("attempts", func(r phase) float64 { return float64(r.attempts) }),
		number("amplification", phase.amplification),
		number("confirmed", func(r phase) float64 { return float64(r.confirmed) }),
		number("goodput_per_s", phase.goodput),
	)
	return df, df.Err
}

func (p phase) amplification() float64 {
	if p.begun == 0 {
		return math.NaN()
	}
	return float64(p.attempts) / float64(p.begun)
}

func (p phase) goodput() float64 {
	if p.to <= p.from {
		return math.NaN()
	}
	return float64(p.confirmed) / (p.to - p.from).Seconds()
}

// phasesOf cuts a stage at two times.
func phasesOf(s runs.Stage, from, to time.Duration) []phase {
	last := time.Duration(0)
	for o := range s.EachOperation("end_ts") {
		last = max(last, o.EndTS.Sub(s.Started))
	}
	from, to = min(from, last), min(to, last)
	list := []phase{{name: "before", to: from}, {name: "fault", from: from, to: to}, {name: "after", from: to, to: last}}
	in := func(t time.Time) *phase {
		switch at := t.Sub(s.Started); { // what is at the very end is in the phase that ends there
		case at < from, from == last:
			return &list[0]
		case at < to, to == last:
			return &list[1]
		}
		return &list[2]
	}
	for a := range s.EachAttempt("start_ts", "number", "kind") {
		if !a.IsAttempt() {
			continue
		}
		p := in(a.StartTS)
		p.attempts++
		if a.IsFirst() {
			p.begun++
		}
	}
	for o := range s.EachOperation("end_ts", "outcome") {
		if o.Outcome == purchase.OK {
			in(o.EndTS).confirmed++
		}
	}
	for i := range list {
		list[i].stage = s.Stage
	}
	return list
}
