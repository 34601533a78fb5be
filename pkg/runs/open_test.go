package runs

import (
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// TestUncertaintyOfAStep: what was not understood, or refused for want of a login, is no observation.
func TestUncertaintyOfAStep(t *testing.T) {
	const pending, unclear, done = purchase.MeansPending, purchase.MeansUnclear, purchase.MeansConfirmed
	for name, tt := range map[string]struct {
		meanings    []purchase.Meaning // of an attempt and polls, 10 ms one after the other, of 1 ms
		uncertainty float64
	}{
		"a 401 before":     {[]purchase.Meaning{pending, pending, unclear, done}, 21},
		"two not answered": {[]purchase.Meaning{pending, unclear, unclear, done}, 31},
		"pending before":   {[]purchase.Meaning{pending, unclear, pending, done}, 11},
		"never ended":      {[]purchase.Meaning{pending, pending, unclear}, 11},
		"not polled":       {[]purchase.Meaning{done}, 0},
		"not accepted":     {[]purchase.Meaning{unclear}, 0},
	} {
		s := Stage{}
		for i, m := range tt.meanings {
			a := Attempt{Number: 1, Kind: Poll, Key: "k", Meaning: m.String(), Status: 200, Sent: true, LatencyMS: 1, StartTS: time.UnixMilli(int64(10 * i))}
			if i == 0 {
				a.Kind = Original
			}
			s.Attempts = append(s.Attempts, a)
		}
		for step := range s.EachStep() {
			if step.UncertaintyMS != tt.uncertainty {
				t.Errorf("%s: ± %v ms, want %v", name, step.UncertaintyMS, tt.uncertainty)
			}
		}
	}
}

// TestOpenLatencies are counted beside the percentiles in which they are.
func TestOpenLatencies(t *testing.T) {
	s := Stage{Operations: []Operation{
		{Outcome: purchase.OK, Success: true, LatencyMS: 100, UncertaintyMS: 50, AcceptedMS: 1, Polls: 3},
		{Outcome: purchase.Unknown, LatencyMS: 300, UncertaintyMS: 50, AcceptedMS: 1, Polls: 1},
		{Outcome: purchase.Unknown, LatencyMS: 400, UncertaintyMS: 1, AcceptedMS: 1, Reason: Unfinished},
		{Outcome: purchase.Unknown, LatencyMS: 900, Reason: "timeout"},
	}}
	sum := Summarize(s)
	if sum.Open != 2 || sum.P50Low != 250 || sum.MaximumLow != 900 || !strings.HasSuffix(sum.Accepted(), " ms, 4 polls, 2 not ended when given up (latencies open above)") {
		t.Errorf("%d open, p50 from %v, maximum from %v: %q", sum.Open, sum.P50Low, sum.MaximumLow, sum.Accepted())
	}
	s.Operations = s.Operations[:1]
	if sum := Summarize(s); sum.Open != 0 || strings.Contains(sum.Accepted(), "open") {
		t.Errorf("%d open: %q", sum.Open, sum.Accepted())
	}
}
