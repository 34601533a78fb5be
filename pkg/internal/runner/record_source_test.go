package runner

import (
	"context"
	"errors"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// batchOf is a batch of n records of 1 ms each, with indexes from a number on.
func batchOf(from, n int) Batch {
	b := Batch{Progress: load.Progress{Started: from + n, Elapsed: time.Duration(from+n) * time.Millisecond}}
	for i := range n {
		b.Records = append(b.Records, runs.Record{
			Operation: runs.Operation{Stage: "light", Index: int64(from + i), LatencyMS: 1, Attempts: 2, Success: true, Outcome: purchase.OK, EndTS: time.Now()},
			Attempts:  []runs.Attempt{{Index: int64(from + i), Number: 1, Class: "timeout"}, {Index: int64(from + i), Number: 2}},
		})
	}
	return b
}

// TestGatherStoresWhatASourceSends: rows, seed, report, shares and warnings of a
// source are what is stored.
func TestGatherStoresWhatASourceSends(t *testing.T) {
	run, to, _ := setup(t, nil)
	to.Seed = 9
	start := time.Now().Add(time.Hour).Round(0)
	_, err := light(100, 10).RecordFrom(t.Context(), run, to, nil, func(_ context.Context, seed uint64, record func(Batch) error) (SourceResult, error) {
		if seed != 9 {
			t.Errorf("the source got the seed %d, want 9", seed)
		}
		for i := range 10 {
			if err := record(batchOf(i*10, 10)); err != nil {
				t.Error(err)
			}
		}
		return SourceResult{Report: load.Report{Planned: 100, Started: 100}, Start: start, Shares: []runs.WorkerResult{{Worker: "w", Lost: 3}}, Warnings: []string{"beware"}},
			&LostError{Lost: 3, Text: "worker w went silent"}
	})
	if lost := new(LostError); !errors.As(err, &lost) || lost.Lost != 3 {
		t.Errorf("Gather = %v, want what is lost", err)
	}
	s := recorded(t, run)
	if len(s.Operations) != 100 || len(s.Attempts) != 200 || s.State != runs.Interrupted || s.Detail != "worker w went silent" {
		t.Errorf("stored are %d operations, %d attempts, %s: %s", len(s.Operations), len(s.Attempts), s.State, s.Detail)
	}
	if !s.Started.Equal(start) || s.Lost() != 3 || len(s.Warnings) != 1 || s.Report.Started != 100 || s.Seed != 9 {
		t.Errorf("stored is %+v", s.Info)
	}
}

// TestRecorderStoresAfterAThreshold: what arrives after a threshold has failed is
// kept, and nothing once the disk is full.
func TestRecorderStoresAfterAThreshold(t *testing.T) {
	run, to, _ := setup(t, nil)
	l := light(100, 10)
	var err error
	if l.Thresholds, err = threshold.ParseAll([]string{"max < 0.5ms abort"}, []string{"light"}); err != nil {
		t.Fatal(err)
	}
	_, err = l.RecordFrom(t.Context(), run, to, nil, func(_ context.Context, _ uint64, record func(Batch) error) (SourceResult, error) {
		k := NewRecorder(record)
		for i := range 10 {
			if !k.Record(batchOf(i*10, 10)) {
				t.Errorf("batch %d was not kept", i)
			}
		}
		return SourceResult{Report: load.Report{Planned: 100, Started: 100}}, k.Err
	})
	if aborted := new(threshold.AbortError); !errors.As(err, &aborted) || aborted.Requests != 10 {
		t.Errorf("Gather = %v, want the threshold after 10 requests", err)
	}
	if s := recorded(t, run); len(s.Operations) != 100 || s.State != runs.Interrupted {
		t.Errorf("%d operations are stored, %s; want all 100", len(s.Operations), s.State)
	}
	full := errors.New("no space left on device")
	n := 0
	k := NewRecorder(func(Batch) error { n++; return full })
	first, second := k.Record(Batch{}), k.Record(Batch{})
	if first || second || n != 1 || k.Err != full {
		t.Errorf("a full disk was asked %d times, the error is %v", n, k.Err)
	}
}

func TestFaultsAreRefusedForLoadFromElsewhere(t *testing.T) {
	run, to, _ := setup(t, nil)
	trial := Trial{Load: light(10, 2), From: func(context.Context, uint64, func(Batch) error) (SourceResult, error) {
		t.Error("something was sent")
		return SourceResult{}, nil
	}}
	trial.Faults = fault.Plan{Windows: []fault.Window{{To: time.Hour, Fault: fault.DropReply, Probability: .3}}}
	if _, _, err := trial.Run(t.Context(), run, to, nil); err == nil {
		t.Error("faults were accepted for load that this process does not send")
	}
}
