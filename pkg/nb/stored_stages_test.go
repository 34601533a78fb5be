package nb

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-gota/gota/dataframe"
	"gonum.org/v1/plot"

	"sagalab/pkg/compare"
	"sagalab/pkg/fault"
	"sagalab/pkg/figure"
	"sagalab/pkg/frame"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// recordRandom records a stage of n purchases, of which some were retried and some failed.
func recordRandom(t testing.TB, run runs.Run, info runs.Info, n int) {
	t.Helper()
	rnd := rand.New(rand.NewPCG(uint64(n), 1))
	info.Kind, info.Requests, info.VUs = runs.Load, n, 100
	w, err := run.Begin(info)
	if err != nil {
		t.Fatal(err)
	}
	began, batch := time.Now(), make([]runs.Record, 0, 1000)
	for i := range n {
		if batch = append(batch, randomRecord(rnd, info.Stage, i, began)); len(batch) == cap(batch) || i == n-1 {
			rnd.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
			if err := w.Append(batch); err != nil {
				t.Fatal(err)
			}
			batch = batch[:0]
		}
	}
	if err := w.Finish(runs.Complete, ""); err != nil {
		t.Fatal(err)
	}
}

func randomRecord(rnd *rand.Rand, stage string, i int, began time.Time) runs.Record {
	at := began.Add(time.Duration(i/3) * 100 * time.Microsecond) // three at once
	o := runs.Operation{Stage: stage, Index: int64(i), VirtualUser: int64(i % 100), Key: fmt.Sprint("key ", i), ScheduledTS: at, StartTS: at,
		LatencyMS: 2 + 5*rnd.ExpFloat64(), Attempts: 1, Success: true, StatusStr: "success", Outcome: purchase.OK, Status: 201}
	if k := rnd.IntN(20); k < 3 {
		o.Success, o.StatusStr, o.Outcome, o.Reason = false, "failure", purchase.Failed, fmt.Sprint("http_50", k)
		o.Message, o.Attempts = fmt.Sprint("answer ", i), int64(1+rnd.IntN(3))
	} else if k == 3 {
		o.Success, o.StatusStr, o.Outcome, o.Reason = false, "failure", purchase.Unknown, "timeout"
	}
	o.EndTS = at.Add(time.Duration(o.LatencyMS * 1e6))
	r := runs.Record{Operation: o}
	for k := range o.Attempts {
		r.Attempts = append(r.Attempts, runs.Attempt{Stage: stage, Index: o.Index, Number: k + 1, Kind: "retry", Key: o.Key, StartTS: at.Add(time.Duration(k) * time.Millisecond),
			LatencyMS: 1, Status: 503, Reason: o.Reason, Sent: true})
	}
	return r
}

// showings are what cells show of stages: a figure as an image, or a table or a comparison as a text.
var showings = map[string]func(s []runs.Stage) (any, error){
	"Summary":                 func(s []runs.Stage) (any, error) { return tableText(frame.Summary(s)) },
	"table AttemptsByOutcome": func(s []runs.Stage) (any, error) { return tableText(frame.AttemptsByOutcome(s)) },
	"table FailuresByReason":  func(s []runs.Stage) (any, error) { return tableText(frame.FailuresByReason(s)) },
	"table BySteps":           func(s []runs.Stage) (any, error) { return tableText(frame.BySteps(s)) },
	"Probes":                  func(s []runs.Stage) (any, error) { return tableText(frame.Probes(s[1:2])) },
	"Workers":                 func(s []runs.Stage) (any, error) { return tableText(frame.Workers(s[2])) },
	"Cases":                   func(s []runs.Stage) (any, error) { return frame.Cases(s[:1]) },
	"SuccessFailure":          func(s []runs.Stage) (any, error) { return image(figure.SuccessFailure(s)) },
	"LatencyHistogram":        func(s []runs.Stage) (any, error) { return image(figure.LatencyHistogram(s)) },
	"LatencySeries":           func(s []runs.Stage) (any, error) { return image(figure.LatencySeries(s, 0)) },
	"AttemptsByOutcome":       func(s []runs.Stage) (any, error) { return image(figure.AttemptsByOutcome(s)) },
	"FailuresByReason":        func(s []runs.Stage) (any, error) { return image(figure.FailuresByReason(s)) },
	"CDFs":                    func(s []runs.Stage) (any, error) { return image(figure.CDFs(append(s, s[2].ByWorker()...))) },
	"AttemptTimeline":         func(s []runs.Stage) (any, error) { return image(figure.AttemptTimeline(s, 0)) },
	"Amplification":           func(s []runs.Stage) (any, error) { return image(figure.Amplification(s, nil)) },
	"Goodput":                 func(s []runs.Stage) (any, error) { return image(figure.Goodput(s, nil)) },
	"Knee":                    func(s []runs.Stage) (any, error) { return image(figure.Knee(s[1:2])) },
	"Stages": func(s []runs.Stage) (any, error) {
		return fmt.Sprintf("%+v", compare.Stages(s[0], s[2], compare.Options{})), nil
	},
	"SameSchedule": func(s []runs.Stage) (any, error) { return sameSchedule(s[0], s[2]) },
	"Phases": func(s []runs.Stage) (any, error) {
		return tableText(phasesFrame(s, fault.Plan{Windows: []fault.Window{{From: 10 * time.Millisecond, To: 50 * time.Millisecond}}}))
	},
	"Recovery": func(s []runs.Stage) (any, error) { return recovery(s[2], 100*time.Millisecond, 200*time.Millisecond) },
}

func tableText(df dataframe.DataFrame, err error) (string, error) {
	return newTable(df).text(), err
}

func image(p *plot.Plot, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return figure.PNG(p, plotWidth, plotHeight, 96)
}

// TestStagesOnDisk: what cells show of stages is the same wherever their rows are, and when
// the files are damaged meanwhile, each of them says so.
func TestStagesOnDisk(t *testing.T) {
	l, text, _ := cells(t, confirm)
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	run, err := l.current()
	if err != nil {
		t.Fatal(err)
	}
	recordRandom(t, run, runs.Info{Stage: "light"}, 900)
	recordRandom(t, run, runs.Info{Stage: "ramp", Load: "ramp:100..3000/s@1s"}, 1500)
	recordRandom(t, run, runs.Info{Stage: "heavy", WorkerResults: []runs.WorkerResult{{Worker: "a"}, {Worker: "b", Delay: time.Millisecond}}}, runs.MaxInMemory)
	text.Reset()
	stored := l.Stages()
	const says = "The rows of 102400 purchases stay on disk, where tables, figures and comparisons read them: Operations and Attempts are empty, lab.Rows() has them in memory (about "
	if !stored[0].OnDisk() || !strings.HasPrefix(text.String(), says) {
		t.Errorf("Stages said %q, want %q", text, says)
	}
	text.Reset()
	if s := l.Stages("ramp")[0]; len(s.Operations) != 1500 || text.Len() > 0 {
		t.Errorf("a small stage has %d rows in memory, want 1500; said %q", len(s.Operations), text)
	}
	rows := l.Rows()
	if len(rows) != 3 || len(rows[2].Operations) != runs.MaxInMemory {
		t.Fatalf("Rows has %d stages, want 3 with their rows", len(rows))
	}
	for name, show := range showings {
		got, err := show(stored)
		want, wantErr := show(rows)
		if err != nil || wantErr != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s differs between rows on disk and in memory: %v, %v", name, err, wantErr)
		}
		if b, ok := got.([]byte); ok && len(b) < 1000 || got == "" {
			t.Errorf("%s shows nothing", name)
		}
	}
	tables, err := filepath.Glob(filepath.Join(run.Dir(), "*", "*.parquet"))
	for _, path := range tables {
		err = errors.Join(err, os.Truncate(path, 100))
	}
	if err != nil || len(tables) != 6 {
		t.Fatalf("damaging %d tables, want 6: %v", len(tables), err)
	}
	for name, show := range showings {
		var damage *runs.DamageError
		if name == "Stages" { // which has no error to return
			continue
		}
		if _, err := show(stored); !errors.As(err, &damage) {
			t.Errorf("%s of damaged files: %v, want a DamageError", name, err)
		}
	}
}
