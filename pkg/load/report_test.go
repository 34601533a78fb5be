package load

import (
	"context"
	"encoding/json"
	"math"
	"runtime"
	"runtime/metrics"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestWarningsSayWhatAndWhatToDo(t *testing.T) {
	const ms = time.Millisecond
	fine := Report{
		Planned: 100, Started: 100, Cap: 10, Elapsed: 10 * time.Second, Lag: Lag{ms, MaxLag, time.Second},
		Machine: Machine{CPU: 18 * time.Second, Cores: 2, GCMax: MaxPause, Waited: MaxWaited, ClockStep: -MaxClockStep},
	}
	if got := fine.Warnings(); got != nil {
		t.Errorf("Warnings at every limit = %q, want nil", got)
	}
	if got := (Report{}).Warnings(); got != nil {
		t.Errorf("Warnings of nothing = %q, want nil", got)
	}
	for _, tt := range []struct {
		change func(*Report)
		want   []string
	}{
		{func(r *Report) { r.Lag.P99 = 12_345_678 }, []string{"schedule was not kept", "12.3ms", "1s", "limit 5ms", "Lower the rate"}},
		{func(r *Report) { r.Started, r.Dropped = 80, 20 }, []string{"20 of 100 arrivals were dropped", "cap of 10", "raise the cap"}},
		{func(r *Report) { r.Machine.CPU = 19 * time.Second }, []string{"bottleneck", "1.9 of 2 cores", "more cores"}},
		{func(r *Report) { r.Machine.Waited = 7 * ms }, []string{"bottleneck", "waited 7ms", "limit 5ms"}},
		{func(r *Report) { r.Machine.GCMax, r.Machine.GCTotal = 80*ms, 200*ms }, []string{"80ms at once", "200ms in all", "GOMEMLIMIT"}},
		{func(r *Report) { r.Machine.ClockStep = -90 * time.Second }, []string{"clock was set by -1m30s", "monotonic"}},
	} {
		r := fine
		tt.change(&r)
		got := r.Warnings()
		if len(got) != 1 {
			t.Errorf("Warnings = %q, want one that mentions %q", got, tt.want)
			continue
		}
		for _, w := range tt.want {
			if !strings.Contains(got[0], w) {
				t.Errorf("Warnings = %q, want it to mention %q", got, w)
			}
		}
	}
	busy := fine
	busy.Machine.CPU, busy.Machine.Waited, busy.Dropped, busy.Lag.P99 = 19*time.Second, 7*ms, 3, 9*ms
	if got, want := busy.Notes(), []string{"schedule not kept", "client was the bottleneck"}; !slices.Equal(got, want) || len(busy.Warnings()) != 4 {
		t.Errorf("Notes = %q of %q, want %q: what two sentences say is noted once", got, busy.Warnings(), want)
	}
	burst := fine
	burst.Elapsed, burst.Machine.CPU, burst.Machine.Waited = minJudged-1, time.Hour, time.Hour
	if got := burst.Warnings(); got != nil {
		t.Errorf("Warnings of a burst = %q, want nil", got)
	}
}

func TestReportIsOfThisStageAlone(t *testing.T) {
	work := func() {
		for range 5 {
			runtime.GC()
		}
	}
	work() // before, which must not count
	var r Report
	for _, gc := range []bool{true, false} {
		var err error
		r, err = Run(t.Context(), Stage{Name: "s", Requests: 3, VUs: 1}, 0, func(context.Context, Arrival) int {
			if gc {
				work()
			}
			return 0
		}, func(Batch[int]) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		m := r.Machine
		if m.Cores != runtime.GOMAXPROCS(0) || m.CPU < 0 || m.GCMax > m.GCTotal || m.Waited < 0 {
			t.Errorf("machine %+v does not add up", m)
		}
		if gc && (m.GCMax <= 0 || m.GCTotal <= 0) {
			t.Errorf("machine %+v, want the pauses of 15 collections", m)
		}
	}
	text, err := json.Marshal(r)
	var again Report
	if err != nil || json.Unmarshal(text, &again) != nil || again != r {
		t.Errorf("report %+v reads back as %+v from %s (%v)", r, again, text, err)
	}
}

func TestLagIsHowLateOperationsStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := collector[int]{execution: &execution[int]{Stage: Stage{Rate: Constant(1, time.Second)}, base: time.Now(), samples: newSampleBuffers[int](1)}, machine: watchMachine(time.Now())}
		for i := range 100 {
			at := c.base.Add(time.Duration(i))
			c.samples.add(0, Sample[int]{Arrival: Arrival{Index: i, Scheduled: at}, Start: at.Add(time.Duration(i+1) * time.Millisecond)})
		}
		c.started.Store(103)
		b := c.collect()
		for _, x := range []struct{ got, want time.Duration }{{b.Lag.P50, 50 * time.Millisecond}, {b.Lag.P99, 99 * time.Millisecond}, {b.Lag.Max, 100 * time.Millisecond}} {
			if math.Abs(float64(x.got-x.want)) > HistogramError*float64(x.want) {
				t.Errorf("lag %+v, want %v within %v of it", b.Lag, x.want, HistogramError)
			}
		}
		if b.Started != 103 || b.InFlight != 3 || len(b.Samples) != 100 {
			t.Errorf("batch of %d, %d started, %d in flight; want 100, 103, 3", len(b.Samples), b.Started, b.InFlight)
		}
	})
}

func TestTheFurthestClockStepIsKept(t *testing.T) {
	w := watchMachine(time.Now())
	for _, d := range []time.Duration{time.Microsecond, -3 * time.Second, 2 * time.Second, -time.Second} {
		w.noteClockStep(d)
	}
	if w.m.ClockStep != -3*time.Second {
		t.Errorf("step %v, want -3s", w.m.ClockStep)
	}
}

func TestQuantileSinceCountsOnlyWhatIsNew(t *testing.T) {
	h := &metrics.Float64Histogram{Buckets: []float64{math.Inf(-1), .001, .002, math.Inf(1)}, Counts: []uint64{1000, 199, 1}}
	for _, tt := range []struct {
		before []uint64
		q      float64
		want   time.Duration
	}{
		{nil, .5, time.Millisecond}, {[]uint64{1000, 100, 0}, .5, 2 * time.Millisecond},
		{[]uint64{1000, 199, 0}, .5, 2 * time.Millisecond}, {[]uint64{1000, 199, 1}, .99, 0},
	} {
		if got := quantileSince(h, tt.before, tt.q); got != tt.want {
			t.Errorf("quantileSince(%v, %v) = %v, want %v", tt.before, tt.q, got, tt.want)
		}
	}
}
