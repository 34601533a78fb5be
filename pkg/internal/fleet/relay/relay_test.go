package relay

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// A copy of this test binary is the other process when this is set: it behaves as
// the stage's name says.
const child = "SAGALAB_RELAY_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(child) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := Serve(ctx, os.Stdin, os.Stdout, behave); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// behave is a fleet as the stage's name says.
func behave(ctx context.Context, r Request, record func(runner.Batch) error) (runner.SourceResult, error) {
	l, to, err := r.Load()
	if err != nil {
		return runner.SourceResult{}, err
	}
	for i := range 10 {
		if err := record(runner.Batch{Records: records(to.Seed, i*100, 100), Progress: load.Progress{Started: 100 * (i + 1), Elapsed: time.Duration(i) * time.Second}}); err != nil {
			return runner.SourceResult{}, err
		}
	}
	ended := runner.SourceResult{Report: load.Report{Planned: 1000, Started: 1000}, Shares: []runs.WorkerResult{{Worker: "w"}}}
	switch l.Stage.Name {
	case "lost":
		return ended, &runner.LostError{Lost: 7, Text: "worker w went silent"}
	case "fails":
		return ended, errors.New("0 workers are free")
	case "crashes":
		fmt.Fprintln(os.Stderr, "sagalab: out of luck")
		os.Exit(3)
	case "waits":
		<-ctx.Done()
		return ended, record(runner.Batch{Records: records(to.Seed, 1000, 5), Progress: load.Progress{Started: 1005}})
	}
	return ended, nil
}

func records(seed uint64, from, n int) []runs.Record {
	list := make([]runs.Record, n)
	for i := range list {
		list[i].Operation = runs.Operation{Index: int64(from + i), Key: fmt.Sprint(seed), LatencyMS: 1.5, WaitMS: math.NaN(), StartTS: time.Unix(1, 0).UTC()}
	}
	return list
}

// asked has the other process send a stage, and returns the indexes that came.
func asked(t *testing.T, ctx context.Context, stage string, keep func(runner.Batch) error) (runner.SourceResult, int, error) {
	t.Helper()
	t.Setenv(child, "1")
	r := Request{API: "http://127.0.0.1:9", Stage: stage, Order: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}, Policy: retry.Default()}
	next := 0
	ended, err := Source([]string{os.Args[0]}, r)(ctx, 42, func(b runner.Batch) error {
		for _, rec := range b.Records {
			if rec.Operation.Index != int64(next) || rec.Operation.Key != "42" {
				t.Errorf("record %d is %+v", next, rec.Operation)
			}
			next++
		}
		return keep(b)
	})
	return ended, next, err
}

func keepAll(runner.Batch) error { return nil }

func TestThrough(t *testing.T) {
	for _, tt := range []struct {
		stage   string
		records int
		err     string
	}{
		{"whole:1000x10", 1000, ""},
		{"lost:1000x10", 1000, "worker w went silent"},
		{"fails:1000x10", 1000, "0 workers are free"},
		{"crashes:1000x10", 1000, "out of luck"},
		{"wrong", 0, "want NAME:"},
	} {
		ended, n, err := asked(t, t.Context(), tt.stage, keepAll)
		if n != tt.records || (err == nil) != (tt.err == "") || err != nil && !strings.Contains(err.Error(), tt.err) {
			t.Errorf("%s: %d records, %v; want %d and %q", tt.stage, n, err, tt.records, tt.err)
		}
		var lost *runner.LostError
		if is := errors.As(err, &lost); is != strings.HasPrefix(tt.stage, "lost") || is && lost.Lost != 7 {
			t.Errorf("%s: the error is %#v", tt.stage, err)
		}
		if tt.err == "" && (ended.Started != 1000 || len(ended.Shares) != 1) {
			t.Errorf("%s ended as %+v", tt.stage, ended)
		}
	}
}

// TestInterrupt: the other process is interrupted, and what it records after that is
// kept.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	_, n, err := asked(t, ctx, "waits:1000x10", func(b runner.Batch) error {
		if b.Started == 1000 {
			cancel(runner.ErrInterrupted)
		}
		return nil
	})
	if n != 1005 || !errors.Is(err, runner.ErrInterrupted) {
		t.Errorf("%d records, %v; want 1005 and the interrupt", n, err)
	}
}

// TestThresholdStops: a threshold that fails here stops the other process.
func TestThresholdStops(t *testing.T) {
	aborted := &threshold.AbortError{}
	_, n, err := asked(t, t.Context(), "waits:1000x10", func(b runner.Batch) error {
		if b.Started >= 500 {
			return aborted
		}
		return nil
	})
	if got := new(threshold.AbortError); n != 1005 || !errors.As(err, &got) {
		t.Errorf("%d records, %v; want 1005 and the threshold", n, err)
	}
}

func TestNoProgram(t *testing.T) {
	_, err := Source([]string{"/nonexistent/sagalab"}, Request{})(t.Context(), 1, keepAll)
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/sagalab") {
		t.Errorf("Through a program that is not there: %v", err)
	}
}

// TestRequestOfBuyers: who buys what goes through the relay as a text, a feed by its hash.
func TestRequestOfBuyers(t *testing.T) {
	feed, err := buyers.ReadFeed(strings.NewReader("user_id,product_id\n1,1\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []purchase.Buyers{buyers.Mix{Users: buyers.Range(1, 9), Repeat: .1}, feed, buyers.Mix{Feed: feed, Keyless: .5}} {
		text, err := buyers.Portable(b)
		if err != nil {
			t.Fatal(err)
		}
		l, _, err := Request{API: "http://127.0.0.1:9", Stage: "s:10x1", Buyers: text}.Load()
		if err != nil || l.Buyers.String() != text {
			t.Errorf("%s becomes %v, %v", text, l.Buyers, err)
		}
	}
	if _, _, err := (Request{API: "http://127.0.0.1:9", Stage: "s:10x1", Buyers: "a function"}).Load(); err == nil {
		t.Error("a function goes through the relay")
	}
	one := purchase.Request{UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4}
	if l, _, err := (Request{API: "http://127.0.0.1:9", Stage: "s:10x1", Order: one}).Load(); err != nil || l.Buyers != purchase.Buyers(one) {
		t.Errorf("an order becomes %v, %v", l.Buyers, err)
	}
}
