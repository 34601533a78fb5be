package runner

import (
	"math"
	"slices"
	"time"

	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// lowLatencies are the latencies of a stage less what polls leave open of them. There are none
// until the first operation of which anything is left open.
type lowLatencies struct {
	histogram load.Histogram
	fastest   time.Duration
	exact     []float64 // ms, as in tally
}

// addLow counts what the latency of an operation may be at least, before the tally counts the
// latency itself.
func (t *tally) addLow(o *runs.Operation) {
	if t.low == nil {
		if o.UncertaintyMS <= 0 {
			return
		}
		t.low = &lowLatencies{histogram: t.latency, fastest: t.fastest, exact: slices.Clone(t.exact)}
	}
	latency := o.LatencyMS - o.UncertaintyMS
	waited := time.Duration(math.Round(latency * float64(time.Millisecond)))
	t.low.histogram.Record(waited)
	t.low.fastest = min(t.low.fastest, waited)
	if t.judged {
		t.low.exact = append(t.low.exact, latency)
	}
}

// withLatencies returns v with the figures of a histogram of latencies, without any those of v.
func withLatencies(v threshold.Values, h *load.Histogram, fastest time.Duration) threshold.Values {
	if h.Count() > 0 {
		v.Min, v.Mean, v.Max = ms(fastest), ms(h.Mean()), ms(h.Max())
		v.Quantile = func(q float64) float64 { return quantile(h, q) }
	}
	return v
}

// withExactLatencies returns v with the figures of latencies in ms, without any those of v.
func withExactLatencies(v threshold.Values, latencies []float64) threshold.Values {
	if sorted := load.Sorted(latencies); len(sorted) > 0 {
		sum := 0.
		for _, latency := range sorted {
			sum += latency
		}
		v.Min, v.Mean, v.Max = sorted[0], sum/float64(len(sorted)), sorted[len(sorted)-1]
		v.Quantile = func(q float64) float64 { return load.Quantile(sorted, q) }
	}
	return v
}
