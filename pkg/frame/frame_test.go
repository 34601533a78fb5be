package frame

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

var began = time.Unix(1_700_000_000, 123_456_789).UTC()

// operations is n rows, every tenth a failure.
func operations(stage string, n int) []runs.Operation {
	random := rand.New(rand.NewPCG(1, 1))
	rows := make([]runs.Operation, n)
	for i := range rows {
		start := began.Add(time.Duration(i) * time.Millisecond)
		o := runs.Operation{
			Stage: stage, Index: int64(i), VirtualUser: int64(i % 50), Key: fmt.Sprintf("0190-%012d", i),
			UserID: 1, ProductID: 2, Quantity: 3, PaymentMethodID: 4,
			ScheduledTS: start, StartTS: start, EndTS: start.Add(20 * time.Millisecond),
			LatencyMS: 5 + 20*random.ExpFloat64(), Attempts: 1, Success: true, StatusStr: "success", Outcome: purchase.OK, Status: 201,
			OrderID: fmt.Sprintf("order-%d", i), Message: `{"status":"CONFIRMED"}`,
		}
		if i%10 == 9 {
			o.Success, o.StatusStr, o.Outcome, o.Status, o.Reason, o.Attempts = false, "failure", purchase.Unknown, 503, "http_503", 3
		}
		rows[i] = o
	}
	return rows
}

func attempts(n int) []runs.Attempt {
	rows := make([]runs.Attempt, n)
	for i := range rows {
		rows[i] = runs.Attempt{
			Stage: "heavy", Index: int64(i / 2), Number: int64(1 + i%2), Kind: []string{"original", "retry"}[i%2], Key: fmt.Sprintf("0190-%012d", i/2),
			StartTS: began.Add(time.Duration(i) * time.Millisecond), PlannedWaitMS: float64(i%2) * 1000, WaitMS: float64(i%2) * 1000.25,
			LatencyMS: 15, Status: 503 * int64(1-i%2), Class: []string{"", "eof"}[i%2], Sent: true, Reason: []string{"http_503", "eof"}[i%2],
		}
	}
	return rows
}

// text is a frame with one line for each row, its cells apart by |.
func text(df dataframe.DataFrame) string {
	var b strings.Builder
	for _, row := range df.Records() {
		b.WriteString(strings.Join(row, "|") + "\n")
	}
	return b.String()
}

func must(t *testing.T) func(dataframe.DataFrame, error) dataframe.DataFrame {
	return func(df dataframe.DataFrame, err error) dataframe.DataFrame {
		t.Helper()
		if err != nil || df.Err != nil {
			t.Fatalf("frame: %v, %v", err, df.Err)
		}
		return df
	}
}

func TestOperationsKeepTheirValues(t *testing.T) {
	rows := operations("heavy", 5000) // more than one block
	rows[3].Message, rows[4].Message, rows[5].LatencyMS = "NaN", "a,\"b\"\n", math.NaN()
	df := must(t)(Operations(rows))
	if df.Nrow() != len(rows) || df.Ncol() != len(operationColumns) {
		t.Fatalf("Operations is %d × %d, want %d × %d", df.Nrow(), df.Ncol(), len(rows), len(operationColumns))
	}
	for _, name := range []string{"success", "latency_ms", "message", "start_ts", "end_ts", "status_str"} {
		if !slices.Contains(df.Names(), name) {
			t.Errorf("the original's column %s is missing", name)
		}
	}
	stages, messages, keys := df.Col("stage").Records(), df.Col("message"), df.Col("key").Records()
	latency, start, end := df.Col("latency_ms").Float(), df.Col("start_ts").Float(), df.Col("end_ts").Float()
	tries, _ := df.Col("attempts").Int()
	success, _ := df.Col("success").Bool()
	for i, o := range rows {
		same := latency[i] == o.LatencyMS || math.IsNaN(latency[i]) && math.IsNaN(o.LatencyMS)
		if !same || stages[i] != o.Stage || messages.Elem(i).String() != o.Message || messages.Elem(i).IsNA() || keys[i] != o.Key || int64(tries[i]) != o.Attempts || success[i] != o.Success {
			t.Fatalf("row %d differs from %+v", i, o)
		}
		if off := math.Abs(end[i] - start[i] - o.EndTS.Sub(o.StartTS).Seconds()); off > 1e-6 {
			t.Fatalf("row %d: times are off by %v s, want microseconds kept", i, off)
		}
	}
	if got, want := start[0], 1_700_000_000.123457; math.Abs(got-want) > 1e-6 {
		t.Errorf("start_ts = %f, want %f", got, want)
	}
}

func TestAttemptsKeepTheirValues(t *testing.T) {
	rows := attempts(2)
	rows[0].Meaning, rows[0].Step = "unclear", "cart"
	rows[1].Meaning, rows[1].AnsweredAmount, rows[1].AnswerDiffers = "confirmed", 30, "user_id 2"
	df := must(t)(Attempts(rows))
	want := "stage|index|number|kind|status|class|reason|latency_ms|planned_wait_ms|wait_ms|start_ts|sent|replayed|key|order_id|meaning|answered_amount|answer_differs|step\n" +
		"heavy|0|1|original|503||http_503|15.000000|0.000000|0.000000|1700000000.123457|true|false|0190-000000000000||unclear|0||cart\n" +
		"heavy|0|2|retry|0|eof|eof|15.000000|1000.000000|1000.250000|1700000000.124457|true|false|0190-000000000000||confirmed|30|user_id 2|\n"
	if got := text(df); got != want {
		t.Errorf("Attempts =\n%swant\n%s", got, want)
	}
}

func TestNoRowsGiveAllColumns(t *testing.T) {
	for name, frame := range map[string]func() (dataframe.DataFrame, error){
		"Operations":        func() (dataframe.DataFrame, error) { return Operations(nil) },
		"Attempts":          func() (dataframe.DataFrame, error) { return Attempts(nil) },
		"Summary":           func() (dataframe.DataFrame, error) { return Summary(nil) },
		"AttemptsByOutcome": func() (dataframe.DataFrame, error) { return AttemptsByOutcome(nil) },
		"FailuresByReason":  func() (dataframe.DataFrame, error) { return FailuresByReason([]runs.Stage{{}}) },
		"ByProduct":         func() (dataframe.DataFrame, error) { return ByProduct([]runs.Stage{{}}) },
		"ByUser":            func() (dataframe.DataFrame, error) { return ByUser([]runs.Stage{{}}, 3) },
		"BySteps":           func() (dataframe.DataFrame, error) { return BySteps(nil) },
		"Cases":             func() (dataframe.DataFrame, error) { return Cases([]runs.Stage{{}}) },
	} {
		df := must(t)(frame())
		if df.Nrow() != 0 || df.Ncol() < 5 {
			t.Errorf("%s of nothing is %d × %d with columns %v, want no rows and all columns", name, df.Nrow(), df.Ncol(), df.Names())
		}
	}
}

// mixed is 20 operations: 18 succeeded at once, two needed three attempts.
func mixed() runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: "light", State: runs.Interrupted, Requests: 50, Started: began}, Operations: operations("light", 20)}
	for i := range s.Operations {
		s.Operations[i].LatencyMS = float64(i) + .123456
	}
	s.Operations[19].Reason, s.Operations[19].Outcome = "out_of_stock", purchase.Failed
	return s
}

func TestSummary(t *testing.T) {
	untested := runs.FaultWindow{Fault: "drop_reply", From: 2 * time.Second, To: 4 * time.Second, Probability: 1}
	busy := mixed()
	busy.Report = &load.Report{Elapsed: time.Second, Machine: load.Machine{Cores: 1, CPU: time.Second}}
	df := must(t)(Summary([]runs.Stage{busy, {Info: runs.Info{Stage: "empty", State: runs.Complete, FaultWindows: []runs.FaultWindow{untested}}}}))
	want := "stage|requests|success|failure|unknown|amplification|per_s|p50_ms|p90_ms|p95_ms|p99_ms|max_ms|note\n" +
		"light|20|18|2|1|1.200000|512.800000|9.120000|17.100000|18.100000|19.100000|19.100000|interrupted: 20 of 50; client was the bottleneck; few samples: p90 p95 p99\n" +
		"empty|0|0|0|0|NaN|0.000000|NaN|NaN|NaN|NaN|NaN|drop_reply met no request\n"
	if got := text(df); got != want {
		t.Errorf("Summary =\n%swant\n%s", got, want)
	}
}

func TestCounts(t *testing.T) {
	df := must(t)(AttemptsByOutcome([]runs.Stage{mixed()}))
	want := "stage|attempts|operations|ok|failed|unknown\nlight|1|18|18|0|0\nlight|3|2|0|1|1\n"
	if got := text(df); got != want {
		t.Errorf("AttemptsByOutcome =\n%swant\n%s", got, want)
	}
	df = must(t)(FailuresByReason([]runs.Stage{mixed(), mixed()}))
	rows := "light|http_503|1|1|5.000000\nlight|out_of_stock|1|0|5.000000\n"
	want = "stage|reason|failures|unknown|of_requests_percent\n" + rows + rows
	if got := text(df); got != want {
		t.Errorf("FailuresByReason =\n%swant\n%s", got, want)
	}
}

func TestBrief(t *testing.T) {
	for _, c := range []struct{ v, want float64 }{
		{0, 0}, {1234.56, 1234.6}, {12.345, 12.3}, {9.8765, 9.88}, {.0123456, .0123}, {-12.36, -12.4}, {1e300, 1e300}, {math.Inf(1), math.Inf(1)},
	} {
		if got := rounded(c.v); math.Abs(got-c.want) > 1e-9*math.Abs(c.want) {
			t.Errorf("brief(%v) = %v, want %v", c.v, got, c.want)
		}
	}
	if got := rounded(math.NaN()); !math.IsNaN(got) {
		t.Errorf("brief(NaN) = %v, want NaN", got)
	}
}

func BenchmarkOperations(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		rows := operations("heavy", n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Operations(rows); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}

func BenchmarkAttempts(b *testing.B) {
	rows := attempts(100_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Attempts(rows); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
}

func BenchmarkSummary(b *testing.B) {
	stages := []runs.Stage{{Operations: operations("light", 250_000)}, {Operations: operations("heavy", 750_000)}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Summary(stages); err != nil {
			b.Fatal(err)
		}
	}
}
