package runner

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

func thresholds(t *testing.T, texts ...string) []threshold.Threshold {
	t.Helper()
	list, err := threshold.ParseAll(texts, nil)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func confirm(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"order_id":"o"}`) }

// An open stage's latencies count from the schedule: what arrives in a stall waits
// for what is left of it, whichever users were busy then.
func TestOpenStageSeesStalls(t *testing.T) {
	run, to, _ := setup(t, confirm)
	const end = 300 * time.Millisecond
	trial := Trial{
		Load:   Load{Stage: load.Stage{Name: "open", Rate: load.Constant(200, end)}, Buyers: order},
		Faults: fault.Plan{Windows: []fault.Window{{To: end, Fault: fault.Stall, Probability: 1}}},
	}
	if _, _, err := trial.Run(t.Context(), run, to, nil); err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	if len(s.Operations) != 60 || s.Requests != 60 || s.Load != "open:200/s@300ms" || s.Report == nil || s.Report.Started != 60 {
		t.Fatalf("%d operations recorded, stage.json says %+v; want 60 of open:200/s@300ms", len(s.Operations), s.Info)
	}
	for i, op := range s.Operations {
		scheduled := op.ScheduledTS.Sub(s.Operations[0].ScheduledTS)
		if want := time.Duration(i) * 5 * time.Millisecond; (scheduled - want).Abs() > time.Microsecond {
			t.Fatalf("arrival %d is scheduled %v after the first, want %v", i, scheduled, want)
		}
		// no purchase got through before the end of the stall, which began with the stage
		if left := ms(end - scheduled); op.LatencyMS < left-5 {
			t.Errorf("arrival %d waited %.1f ms, want the %.1f ms that were left of the stall", i, op.LatencyMS, left)
		}
		if op.LatencyMS < op.ServiceMS-.01 || op.StartTS.Before(op.ScheduledTS) {
			t.Errorf("arrival %d contradicts itself: latency %v, service %v", i, op.LatencyMS, op.ServiceMS)
		}
	}
}

func TestDropsAreCountedAndSaid(t *testing.T) {
	release := make(chan struct{})
	var seen atomic.Int64
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		<-release
		confirm(w, r)
	})
	time.AfterFunc(400*time.Millisecond, func() { close(release) })
	l := Load{Stage: load.Stage{Name: "open", Rate: load.Constant(500, 200*time.Millisecond), MaxInFlight: 10}, Buyers: order,
		Thresholds: thresholds(t, "dropped == 0", "error_ratio < 1%", "other: p99 < 1s")}
	results, err := l.Run(t.Context(), run, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	s := recorded(t, run)
	if len(s.Operations) != 10 || int(seen.Load()) != 10 || s.Dropped() != 90 || runs.Summarize(s).Dropped != 90 {
		t.Errorf("%d recorded, %d seen by the service, %d dropped; want 10, 10 and 90", len(s.Operations), seen.Load(), s.Dropped())
	}
	if !slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "90 of 100 arrivals were dropped") }) {
		t.Errorf("warnings %q, want the drops said", s.Warnings)
	}
	if len(results) != 2 || results[0].Verdict != threshold.Fail || results[1].Verdict == threshold.Fail || len(s.Thresholds) != 2 || s.Thresholds[0].Verdict != "fail" {
		t.Errorf("thresholds %+v, recorded %+v; want the drops to fail, errors not, and no other stage's", results, s.Thresholds)
	}
}

func TestThresholdStopsTheStage(t *testing.T) {
	run, to, _ := setup(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) })
	to.Config.Policy = retry.Policy{MaxAttempts: 1, AttemptTimeout: 5 * time.Second}
	l := light(1_000_000, 5)
	l.Thresholds = thresholds(t, "error_ratio < 1% abort", "requests >= 1000000")
	results, err := l.Run(t.Context(), run, to, nil)
	var aborted *threshold.AbortError
	if !errors.As(err, &aborted) || aborted.Result.Threshold.Metric != "error_ratio" {
		t.Fatalf("Run = %v, want it stopped by error_ratio", err)
	}
	s := recorded(t, run)
	if s.State != runs.Interrupted || !strings.Contains(s.Detail, "error_ratio < 0.01") || len(s.Operations) < 10 || len(s.Operations) == 1_000_000 {
		t.Errorf("recorded %d operations, %s: %s; want it interrupted early by the threshold", len(s.Operations), s.State, s.Detail)
	}
	if len(results) != 2 || results[0].Verdict != threshold.Fail || results[1].Verdict != threshold.Unclear {
		t.Errorf("results %+v, want the first failed, the second unclear", results)
	}
}

// The thresholds of a stage that is over are judged by exact percentiles.
func TestThresholdsAreExactInTheEnd(t *testing.T) {
	run, to, _ := setup(t, confirm)
	l := light(1000, 4)
	l.Thresholds = thresholds(t, "p90 < 1h", "p99 < 1h", "max < 1h", "mean < 1h")
	results, err := l.Run(t.Context(), run, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	sum := runs.Summarize(recorded(t, run))
	for i, want := range []float64{sum.P90, sum.P99, sum.Maximum} {
		if got := results[i].Value; got-want > 1e-9 || want-got > 1e-9 {
			t.Errorf("%s is %v, the rows say %v", results[i].Threshold.Metric, got, want)
		}
	}
}

func TestSearchHalvesTheGap(t *testing.T) {
	for _, tt := range []struct {
		from, to, capacity float64
		tried              []float64
		held, failed       float64
	}{
		{50, 1600, 330, []float64{50, 100, 200, 400, 300, 350, 325}, 325, 350},
		{50, 1600, 40, []float64{50}, 0, 50},
		{50, 150, 500, []float64{50, 100, 150}, 150, 0},
		{50, 50, 500, []float64{50}, 50, 0},
	} {
		s, c := Search{From: tt.from, To: tt.to}, Capacity{}
		var tried []float64
		for {
			rate, more := s.next(c)
			if !more {
				break
			}
			tried = append(tried, rate)
			c.add(Probe{Rate: rate, Holds: rate <= tt.capacity})
		}
		if !slices.Equal(tried, tt.tried) || c.Held != tt.held || c.Failed != tt.failed {
			t.Errorf("search from %v to %v for %v tried %v and found %v to %v, want %v and %v to %v", tt.from, tt.to, tt.capacity, tried, c.Held, c.Failed, tt.tried, tt.held, tt.failed)
		}
	}
	s, c := Search{From: 1, To: 1e6, Precision: minPrecision}, Capacity{}
	for n := 0; ; n++ { // a service that holds and fails by chance
		rate, more := s.next(c)
		if !more {
			break
		}
		if n > MaxProbes {
			t.Fatal("the search goes on for ever")
		}
		c.add(Probe{Rate: rate, Holds: n%3 != 2})
	}
}

func TestSearchRecordsItsProbes(t *testing.T) {
	run, to, _ := setup(t, confirm)
	s := Search{Name: "capacity", From: 10, To: 20, Probe: time.Second, Buyers: order, Thresholds: thresholds(t, "max < 1ns")}
	c, err := s.Run(t.Context(), run, to, nil)
	if err != nil || c.Held != 0 || c.Failed != 10 || !strings.Contains(c.String(), "below 10/s") {
		t.Errorf("Run = %+v, %v; want that even 10/s fails", c, err)
	}
	if got := recorded(t, run); got.Stage != "capacity 10/s" || len(got.Operations) != 10 || got.State != runs.Complete {
		t.Errorf("recorded %q with %d operations, %s; want the probe", got.Stage, len(got.Operations), got.State)
	}
	_, err = Search{From: 100, To: 10, Precision: 2}.Run(t.Context(), run, to, nil)
	for _, want := range []string{"needs a name", "from 100/s to 10/s", "a probe lasts 0s", "precision is 2", "at least one threshold", "nothing to buy"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("a search that makes no sense: %v, want it to say %q", err, want)
		}
	}
}

func TestLimitsAreNamed(t *testing.T) {
	warnings, notes := limitWarnings(map[retry.Class]int{retry.FDLimit: 3, retry.Ports: 4})
	words := strings.Join(append(warnings, notes...), " ")
	for _, want := range []string{"3 attempts", "RLIMIT_NOFILE", "ulimit -n", "4 attempts", "net.ipv4.ip_local_port_range", "client ran out of files", "client ran out of ports"} {
		if !strings.Contains(words, want) {
			t.Errorf("warnings %q, want %q", words, want)
		}
	}
	if got, notes := limitWarnings(map[retry.Class]int{retry.Timeout: 3}); got != nil || notes != nil {
		t.Errorf("timeouts give warnings %q and notes %q, want none", got, notes)
	}
}
