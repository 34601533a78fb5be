package frame

import (
	"strings"
	"testing"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

// retriedStage has three operations with one, two and one attempts.
func retriedStage(name string) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: name, State: runs.Complete, Started: began}, Operations: operations(name, 3)}
	for i, index := range []int64{0, 1, 1, 2} {
		a := attempts(4)[i]
		a.Index, a.Number, a.LatencyMS = index, 1, float64(i)
		if i == 2 {
			a.Number = 2
		}
		s.Attempts = append(s.Attempts, a)
	}
	return s
}

func TestJoin(t *testing.T) {
	s := []runs.Stage{retriedStage("light"), retriedStage("heavy")}
	one := s[:1]
	ops := func(stages []runs.Stage, columns ...string) dataframe.DataFrame {
		return must(t)(StageOperations(stages, columns...))
	}
	tries := func(stages []runs.Stage, columns ...string) dataframe.DataFrame {
		return must(t)(StageAttempts(stages, columns...))
	}
	for name, c := range map[string]struct {
		operations, attempts dataframe.DataFrame
		names, rows, err     string
	}{
		"each attempt": {operations: ops(one, "index", "outcome"), attempts: tries(one, "index", "number", "latency_ms"),
			names: "index outcome number latency_ms", rows: "0,ok,1,0.000000 1,ok,1,1.000000 1,ok,2,2.000000 2,ok,1,3.000000"},
		"columns of both": {operations: ops(one, "index", "stage", "status"), attempts: tries(one, "index", "stage", "status"),
			names: "index stage status attempt_status", rows: "0,light,201,503 1,light,201,0 1,light,201,503 2,light,201,0"},
		"two stages": {operations: ops(s, "index", "stage"), attempts: tries(s, "index", "number", "stage"),
			names: "index stage number", rows: "0,light,1 1,light,1 1,light,2 2,light,1 0,heavy,1 1,heavy,1 1,heavy,2 2,heavy,1"},
		"some operations":  {operations: ops(one, "index").Subset([]int{2}), attempts: tries(one, "number", "index"), names: "index number", rows: "2,1"},
		"no operations":    {operations: ops(nil, "index"), attempts: tries(one, "index", "number"), names: "index number"},
		"no attempts":      {operations: ops(one, "index"), attempts: tries(nil, "index", "number"), names: "index number"},
		"stages mixed up":  {operations: ops(s, "index", "stage"), attempts: tries(s, "index", "number"), err: "operation 0 stands in two rows: a frame of several stages needs the column stage"},
		"another stage":    {operations: ops(s[:1], "index", "stage"), attempts: tries(s[1:], "index", "stage"), err: "are the two frames of the same stage?"},
		"without an index": {operations: ops(one, "index"), attempts: tries(one, "number"), err: `join, attempts: the frame has no column "index"`},
	} {
		got, err := Join(c.operations, c.attempts)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: %v, want an error with %q", name, err, c.err)
			}
			continue
		}
		if names, rows := strings.Join(got.Names(), " "), rowsOf(got); err != nil || names != c.names || rows != c.rows {
			t.Errorf("%s: %v\n%s: %s, want\n%s: %s", name, err, names, rows, c.names, c.rows)
		}
	}
	whole := must(t)(Join(ops(one), tries(one)))
	if whole.Nrow() != 4 || whole.Col("attempt_latency_ms").Err != nil || whole.Col("start_s").Err != nil {
		t.Errorf("whole frames joined have %d rows and the columns %v", whole.Nrow(), whole.Names())
	}
}
