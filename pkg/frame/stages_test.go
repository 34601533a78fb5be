package frame

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

func stageOf(name string, n int) runs.Stage {
	return runs.Stage{Info: runs.Info{Stage: name, State: runs.Complete, Requests: n, Started: began.Add(-time.Second)}, Operations: operations(name, n), Attempts: attempts(2 * n)}
}

func TestStageOperations(t *testing.T) {
	s := stageOf("heavy", 20)
	s.Operations[1].Message = strings.Repeat("重", 100)
	df := must(t)(StageOperations([]runs.Stage{s.Named("renamed")}))
	names := df.Names()
	if got := strings.Join(names[:9], " "); got != "index outcome status reason attempts latency_ms service_ms wait_ms start_s" {
		t.Errorf("the first columns are %s", got)
	}
	if names[len(names)-1] != "message" || df.Nrow() != 20 {
		t.Errorf("the last of %d columns is %s, of %d rows", len(names), names[len(names)-1], df.Nrow())
	}
	for _, name := range must(t)(Operations(nil)).Names() {
		if !slices.Contains(names, name) {
			t.Errorf("column %s of Operations is missing", name)
		}
	}
	if got := df.Col("message").Elem(1).String(); got != strings.Repeat("重", 60)+"…" {
		t.Errorf("a long message is %q", got)
	}
	if got := df.Col("start_s").Float()[19]; got < 1.018999 || got > 1.019001 {
		t.Errorf("the last operation starts at %v s, want 1.019 after the stage", got)
	}
	if got := df.Col("stage").Elem(3).String(); got != "renamed" {
		t.Errorf("the stage is %q, want its new name", got)
	}
	chosen := must(t)(StageOperations([]runs.Stage{s}, "message", "index"))
	if got := strings.Join(chosen.Names(), " "); got != "message index" || chosen.Elem(1, 0).String() != strings.Repeat("重", 100) {
		t.Errorf("chosen columns are %s with the message %q", got, chosen.Elem(1, 0))
	}
	for _, c := range []struct{ columns, want string }{{"latency", "did you mean latency_ms?"}, {"index index", "named twice"}} {
		if _, err := StageOperations([]runs.Stage{s}, strings.Fields(c.columns)...); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("columns %s: %v, want %q", c.columns, err, c.want)
		}
	}
}

func TestSeveralStagesBecomeOneFrame(t *testing.T) {
	stages := []runs.Stage{stageOf("light", 3), {Info: runs.Info{Stage: "empty"}}, stageOf("heavy", 2000)}
	df := must(t)(StageOperations(stages))
	if df.Names()[0] != "stage" || df.Names()[1] != "index" || df.Nrow() != 2003 {
		t.Fatalf("the frame has %d rows and begins with %v", df.Nrow(), df.Names()[:2])
	}
	for row, want := range map[int]string{0: "light 0", 2: "light 2", 3: "heavy 0", 2002: "heavy 1999"} {
		if got := fmt.Sprint(df.Elem(row, 0), " ", df.Elem(row, 1)); got != want {
			t.Errorf("row %d is %s, want %s", row, got, want)
		}
	}
	tries := must(t)(StageAttempts(stages))
	if tries.Names()[0] != "stage" || tries.Nrow() != 4006 {
		t.Errorf("the attempts have %d rows and begin with %s", tries.Nrow(), tries.Names()[0])
	}
	for name, df := range map[string]result{"operations": func() (dataframe.DataFrame, error) { return StageOperations(nil) }, "attempts": func() (dataframe.DataFrame, error) { return StageAttempts(nil) }} {
		if got := must(t)(df()); got.Nrow() != 0 || got.Ncol() < 15 {
			t.Errorf("%s of no stage are %d × %d", name, got.Nrow(), got.Ncol())
		}
	}
}

// TestLargeFramesAreSamples: of whole operations, spread evenly, the same each time.
func TestLargeFramesAreSamples(t *testing.T) {
	const n = 3*SampleRows + 7
	s := []runs.Stage{{Info: runs.Info{Stage: "large", Started: began}, Operations: make([]runs.Operation, n), Attempts: make([]runs.Attempt, 2*n)}}
	for i := range n {
		s[0].Operations[i].Index = int64(i)
		s[0].Attempts[2*i].Index, s[0].Attempts[2*i+1].Index = int64(i), int64(i)
	}
	df := must(t)(StageOperations(s))
	if off := df.Nrow() - SampleRows; off < -50 || off > 50 {
		t.Errorf("the sample has %d rows, want about %d", df.Nrow(), SampleRows)
	}
	index, _ := df.Col("index").Int()
	for part := range 100 { // each hundredth of the stage has its share
		from, to := part*n/100, (part+1)*n/100
		in := 0
		for _, i := range index {
			if i >= from && i < to {
				in++
			}
		}
		if in < 990 || in > 1010 {
			t.Errorf("hundredth %d has %d rows of the sample, want about 1000", part, in)
		}
	}
	tries, _ := must(t)(StageAttempts(s)).Col("index").Int()
	known := map[int]int{}
	for _, i := range index {
		known[i] = 1
	}
	for _, i := range tries {
		if known[i]++; known[i] == 1 {
			t.Fatalf("an attempt of operation %d is in the sample, the operation is not", i)
		}
	}
	if off := len(tries) - SampleRows; off < -100 || off > 100 || len(tries)%2 != 0 {
		t.Errorf("the sample has %d attempts, want about %d, of whole operations", len(tries), SampleRows)
	}
	if all := must(t)(StageOperations(s, "index")); all.Nrow() != n {
		t.Errorf("a frame of a named column has %d rows, want all %d", all.Nrow(), n)
	}
}

func BenchmarkStageOperations(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		s := []runs.Stage{stageOf("heavy", n)}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := StageOperations(s); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/row")
		})
	}
}
