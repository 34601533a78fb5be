package fleet

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// fast answers every purchase at once, so that it is not the bottleneck.
func fast(tb testing.TB) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	answer := []byte(`{"order_id":"0192f0c1-2345-7abc-8def-0123456789ab","status":"CONFIRMED"}`)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		w.Write(answer)
	})}
	go s.Serve(ln)
	tb.Cleanup(func() { s.Close() })
	return "http://" + ln.Addr().String()
}

// childAlone is the address of a service for a copy of this test binary that is to
// send benchStage by itself, as `sagalab load` does.
const childAlone = "SAGALAB_FLEET_TEST_ALONE"

// beAlone prints the processor time that an operation cost, in nanoseconds.
func beAlone(api, text string) error {
	dir, err := os.MkdirTemp("", "sagalab-alone-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stage, err := load.ParseStage(text)
	if err != nil {
		return err
	}
	e, err := purchase.ParseEndpoint(api)
	if err != nil {
		return err
	}
	run, err := runs.Store{Dir: dir}.Create("alone", api)
	if err != nil {
		return err
	}
	to := runner.Target{Endpoint: e, Seed: 7, Config: retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 10 * time.Second}}}
	if _, err := (runner.Load{Stage: stage, Buyers: order}).Run(context.Background(), run, to, nil); err != nil {
		return err
	}
	list, err := run.Overviews()
	if err != nil {
		return err
	}
	r := list[0].Info.Report
	fmt.Println(int64(r.Machine.CPU) / int64(r.Started))
	return nil
}

// BenchmarkCoordination is what being one of a fleet costs a worker: processor time
// of an operation, against the same stage from a process that records it itself.
func BenchmarkCoordination(b *testing.B) {
	const text, rounds = "x:200000x50", 5
	server := postgres.Start(b, postgres.Durable)
	db, api := server.Database(b), fast(b)
	join(b, db, "w")
	var alone, fleet []float64
	for b.Loop() {
		for range rounds {
			c := exec.Command(os.Args[0])
			c.Env = append(os.Environ(), childAlone+"="+api, childName+"="+text)
			out, err := c.Output()
			if err != nil {
				b.Fatal(err)
			}
			ns, err := strconv.Atoi(strings.TrimSpace(string(out)))
			if err != nil {
				b.Fatal(err)
			}
			alone = append(alone, float64(ns)/1e3)
			st := sent(b, db, api, text, 1)
			fleet = append(fleet, st.Info.Report.Machine.CPU.Seconds()*1e6/float64(st.Info.Report.Started))
		}
	}
	slices.Sort(alone)
	slices.Sort(fleet)
	b.ReportMetric(alone[len(alone)/2], "alone-µs")
	b.ReportMetric(fleet[len(fleet)/2], "fleet-µs")
	b.ReportMetric(100*(fleet[len(fleet)/2]/alone[len(alone)/2]-1), "added-%")
}

// sent has a fleet send a stage against api and returns what is stored.
func sent(b testing.TB, db, api, text string, workers int) runs.Overview {
	b.Helper()
	f, err := Open(b.Context(), db, nil)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	stage, err := load.ParseStage(text)
	if err != nil {
		b.Fatal(err)
	}
	e, err := purchase.ParseEndpoint(api)
	if err != nil {
		b.Fatal(err)
	}
	run, err := runs.Store{Dir: b.TempDir()}.Create("bench", api)
	if err != nil {
		b.Fatal(err)
	}
	if workers, err = f.Recruit(b.Context(), stage, workers); err != nil {
		b.Fatal(err)
	}
	to := runner.Target{Endpoint: e, Seed: 7, Config: retry.Config{Policy: retry.Policy{MaxAttempts: 1, AttemptTimeout: 10 * time.Second}}}
	l := runner.Load{Stage: stage, Buyers: order}
	if _, err := l.RecordFrom(b.Context(), run, to, nil, f.Source(l, to, workers)); err != nil {
		b.Fatal(err)
	}
	list, err := run.Overviews()
	if err != nil {
		b.Fatal(err)
	}
	return list[0]
}

// BenchmarkMillion has four workers send a million purchases as fast as they can,
// and reports how long after the last of them everything was in the run,
// and how long it all took.
func BenchmarkMillion(b *testing.B) {
	const text = "x:1000000x200"
	server := postgres.Start(b, postgres.Durable)
	db, api := server.Database(b), fast(b)
	for i := range 4 {
		join(b, db, fmt.Sprint("w", i))
	}
	for b.Loop() {
		began := time.Now()
		st := sent(b, db, api, text, 4)
		all := time.Since(began)
		if st.Summary.Requests != 1_000_000 || st.Info.Lost() != 0 {
			b.Fatalf("%d records, %d lost", st.Summary.Requests, st.Info.Lost())
		}
		b.ReportMetric(st.Summary.RequestsPerSecond, "purchases/s")
		b.ReportMetric(st.Info.Ended.Sub(st.Info.Started.Add(st.Info.Report.Elapsed)).Seconds(), "home-s")
		b.ReportMetric(all.Seconds(), "all-s")
	}
}

// confine gives a process a share of a core, by a control group of its own.
func confine(b *testing.B, pid int, cores float64) {
	b.Helper()
	dir := fmt.Sprintf("/sys/fs/cgroup/cpu/sagalab-%d", pid)
	if err := os.Mkdir(dir, 0o755); err != nil {
		b.Skipf("no control group of version 1 can be made here: %v", err)
	}
	b.Cleanup(func() { // after the process's own
		for range 50 {
			if os.Remove(dir) == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	})
	const period = 20_000 // µs
	for _, f := range []struct {
		name  string
		value int
	}{{"cpu.cfs_period_us", period}, {"cpu.cfs_quota_us", int(cores * period)}, {"cgroup.procs", pid}} {
		if err := os.WriteFile(dir+"/"+f.name, []byte(strconv.Itoa(f.value)), 0o644); err != nil {
			b.Skipf("no control group of version 1 can be set up here: %v", err)
		}
	}
}

// BenchmarkPlan compares what runs.Cost predicts with what 1, 2 and 4 workers
// reach, each of which has a fifth of a core, so that the service is not the
// bottleneck. The cost is measured with one worker that is as busy.
func BenchmarkPlan(b *testing.B) {
	server := postgres.Start(b, postgres.Durable)
	api := fast(b)
	for b.Loop() {
		var cost runs.Cost
		for _, workers := range []int{1, 2, 4} {
			db := server.Database(b)
			for i := range workers {
				confine(b, join(b, db, fmt.Sprint("w", i)).Process.Pid, .2)
			}
			if workers == 1 {
				s := rows(b, db, api, "cost:30000x50", 1)
				var err error
				if cost, err = runs.CostOf(s); err != nil {
					b.Fatal(err)
				}
				b.Logf("%+v", cost)
			}
			got := sent(b, db, api, fmt.Sprintf("x:%du@8s", 50*workers), workers).Summary.RequestsPerSecond
			want := float64(workers) * cost.MaxRate()
			b.Logf("%d workers reach %.0f/s, predicted were %.0f/s", workers, got, want)
			b.ReportMetric(100*(got/want-1), fmt.Sprintf("%d-workers-off-%%", workers))
		}
	}
}

// rows is sent with the rows.
func rows(b testing.TB, db, api, text string, workers int) runs.Stage {
	b.Helper()
	o := sent(b, db, api, text, workers)
	return runs.Stage{Info: o.Info, Operations: []runs.Operation{{LatencyMS: o.Summary.P50}}}
}
