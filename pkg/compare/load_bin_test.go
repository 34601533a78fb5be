package compare

import (
	"math"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

func TestOffers(t *testing.T) {
	began := time.Unix(1_700_000_000, 0)
	legs := append(load.Ramp(10, 30, 4*time.Second), load.Constant(5, time.Second)...)
	plan := load.Stage{Name: "open", Rate: legs}
	s := runs.Stage{Info: runs.Info{Stage: "open", Load: plan.String(), Started: began}}
	for at := range plan.Schedule(1) {
		o := runs.Operation{Index: int64(len(s.Operations)), ScheduledTS: began.Add(at), EndTS: began.Add(at + 500*time.Millisecond), LatencyMS: 500,
			Success: len(s.Operations)%2 == 0, Outcome: purchase.OK}
		if !o.Success {
			o.Outcome = purchase.Unknown
		}
		s.Operations = append(s.Operations, o)
	}
	offers, err := LoadBins(s, time.Second)
	if err != nil || len(offers) != 5 {
		t.Fatalf("Offers = %d, %v; want 5", len(offers), err)
	}
	arrived := 0
	for i, o := range offers {
		from, to := 10+5*float64(i), 15+5*float64(i)
		if i == 4 {
			from, to = 5, 5
		}
		if o.From != time.Duration(i)*time.Second || o.To != o.From+time.Second || math.Abs(o.RateFrom-from) > 1e-9 || math.Abs(o.RateTo-to) > 1e-9 {
			t.Errorf("offer %d is %v to %v at %v to %v, want a second at %v to %v", i, o.From, o.To, o.RateFrom, o.RateTo, from, to)
		}
		if want := (from + to) / 2; math.Abs(o.PerSecond(o.Arrived)-want) > 1 {
			t.Errorf("offer %d: %v arrived in a second, want %v", i, o.Arrived, want)
		}
		if o.P50 != 500 || o.P99 != 500 {
			t.Errorf("offer %d: p50 %v, p99 %v, want 500", i, o.P50, o.P99)
		}
		arrived += o.Arrived
	}
	if arrived != len(s.Operations) {
		t.Errorf("%d arrived in all, want %d", arrived, len(s.Operations))
	}
	if c := offers[0].Confirmed; c < 2 || c > 4 { // every second one of those of the first half second
		t.Errorf("%d confirmed in the first second, want about 3", c)
	}
	for text, want := range map[string]string{"": "cannot be read", "closed:5x5": "closed model"} {
		if _, err := LoadBins(runs.Stage{Info: runs.Info{Stage: "x", Load: text}}, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Offers of %q = %v, want %q", text, err, want)
		}
	}
}
