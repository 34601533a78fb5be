package runs

import (
	"slices"

	"sagalab/pkg/load"
)

// polledTally counts what is special to operations that were polled. Its memory is that of the
// latencies, and nothing until the first poll.
type polledTally struct {
	polls, open   int
	low, accepted []float64 // LatencyMS − UncertaintyMS, and AcceptedMS where there is one
	uncertain     bool
}

// add counts an operation; before are the latencies of those that were counted before.
func (p *polledTally) add(o *Operation, before []float64) {
	if p.polls += int(o.Polls); o.IsOpen() {
		p.open++
	}
	if o.AcceptedMS > 0 {
		p.accepted = append(p.accepted, o.AcceptedMS)
	}
	if !p.uncertain && o.UncertaintyMS > 0 {
		p.uncertain, p.low = true, slices.Clone(before)
	}
	if p.uncertain {
		p.low = append(p.low, o.LatencyMS-o.UncertaintyMS)
	}
}

// summarize sets the fields of a summary that concern polls, after its percentiles.
func (p *polledTally) summarize(s *Summary) {
	if s.Polls = p.polls; p.polls == 0 {
		return
	}
	s.Open = p.open
	s.P50Low, s.P90Low, s.P95Low, s.P99Low, s.MaximumLow = s.P50, s.P90, s.P95, s.P99, s.Maximum
	accepted := sortedInPlace(p.accepted)
	s.AcceptedP50, s.AcceptedP99 = load.Quantile(accepted, .5), load.Quantile(accepted, .99)
	if !p.uncertain {
		return
	}
	low := sortedInPlace(p.low)
	s.P50Low, s.P90Low = load.Quantile(low, .5), load.Quantile(low, .9)
	s.P95Low, s.P99Low, s.MaximumLow = load.Quantile(low, .95), load.Quantile(low, .99), load.Quantile(low, 1)
}
