package figure

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/runs"
)

func TestTimelineRefusesImpossibleLimits(t *testing.T) {
	for limit, want := range map[int]bool{math.MinInt: false, -1: false, 0: true, 1: true, 40: true, 41: false, math.MaxInt: false} {
		p, err := AttemptTimeline(mixed(), limit)
		if (err == nil) != want {
			t.Errorf("AttemptTimeline(…, %d) = error %v, want none: %v", limit, err, want)
		}
		if err == nil {
			checkPainted(t, fmt.Sprint("a timeline of ", limit), p)
		}
	}
}

func TestTimelineChoosesTheMostAttemptsThenTheLongest(t *testing.T) {
	stage := func(name string, operations ...runs.Operation) runs.Stage {
		s := runs.Stage{Info: runs.Info{Stage: name}}
		for i, o := range operations {
			o.Index, o.Key = int64(i), fmt.Sprint(name, i)
			s.Operations = append(s.Operations, o)
			for n := o.Attempts; n > 0; n-- { // recorded in any order
				s.Attempts = append(s.Attempts, runs.Attempt{Index: o.Index, Number: n, Key: o.Key, Status: 500 + n})
			}
		}
		return s
	}
	stages := []runs.Stage{
		stage("a", runs.Operation{Attempts: 1, LatencyMS: 900}, runs.Operation{Attempts: 3, LatencyMS: 5}, runs.Operation{Attempts: 3, LatencyMS: math.NaN()}),
		stage("b", runs.Operation{Attempts: 3, LatencyMS: 7}, runs.Operation{Attempts: 0, LatencyMS: 1e9}, runs.Operation{Attempts: 3, LatencyMS: 5}),
	}
	all := []string{"b0", "a1", "b2", "a2", "a0"} // b1 made no attempt: there is nothing to draw
	for _, limit := range []int{1, 2, 3, 4, 5, 6, 40} {
		var got []string
		for _, r := range timelines(stages, limit) {
			got = append(got, r.name)
			for i, b := range r.bars {
				if want := fmt.Sprint(501 + i); b.labels[0] != want {
					t.Errorf("bar %d of %s is %q, want %q: bars stand in the order of attempts", i, r.name, b.labels[0], want)
				}
			}
		}
		if want := all[:min(limit, len(all))]; !slices.Equal(got, want) {
			t.Errorf("timelines(…, %d) = %v, want %v", limit, got, want)
		}
	}
}

func TestHowAnAttemptEnded(t *testing.T) {
	for _, c := range []struct {
		attempt runs.Attempt
		newKey  bool
		pattern pattern
		labels  string // from long to short
	}{
		{runs.Attempt{Status: 201, Sent: true}, false, plain, "201"},
		{runs.Attempt{Status: 200, Sent: true, Replayed: true}, false, plain, "200 replayed|200"},
		{runs.Attempt{Status: 201, Sent: true, Reason: "not_json"}, false, crossed, "201 not_json|201"},
		{runs.Attempt{Status: 409, Sent: true, Reason: "out_of_stock"}, true, hatched, "409 out_of_stock, new key|409"},
		{runs.Attempt{Status: 409, Sent: true, Reason: "in_progress"}, false, crossed, "409 in_progress|409"},
		{runs.Attempt{Status: 408, Sent: true, Reason: "http_408"}, false, crossed, "408"},
		{runs.Attempt{Status: 503, Sent: true, Reason: "http_503"}, false, crossed, "503"},
		{runs.Attempt{Class: "timeout", Sent: true, Reason: "timeout"}, false, crossed, "timeout"},
		{runs.Attempt{Class: "refused", Reason: "refused"}, false, hatched, "refused"},
		{runs.Attempt{Class: "too_large", Status: 200, Sent: true, Reason: "too_large"}, false, crossed, "too_large"},
		{runs.Attempt{Status: 429, Sent: true, Reason: "http_429"}, false, hatched, "429"},
		{runs.Attempt{Status: 503, Sent: true, Reason: "overloaded"}, false, hatched, "503 overloaded|503"},
		{runs.Attempt{Status: 409, Sent: true, Reason: "http_409"}, false, crossed, "409"},
		{runs.Attempt{Status: 422, Sent: true, Reason: "key_reused"}, false, hatched, "422 key_reused|422"},
		{runs.Attempt{Status: 418, Sent: true, Reason: "sold_out", Meaning: "unclear"}, false, crossed, "418 sold_out|418"},
		{runs.Attempt{Status: 500, Sent: true, Reason: "http_500", Meaning: "confirmed"}, false, plain, "500"},
		{runs.Attempt{}, false, hatched, "0"},
	} {
		if got := outcomePattern(c.attempt); got != c.pattern {
			t.Errorf("outcomePattern(%+v) = %d, want %d", c.attempt, got, c.pattern)
		}
		if got := strings.Join(attemptLabels(c.attempt, c.newKey), "|"); got != c.labels {
			t.Errorf("attemptLabels(%+v, %v) = %s, want %s", c.attempt, c.newKey, got, c.labels)
		}
	}
}

func TestKeyEnd(t *testing.T) {
	for key, want := range map[string]string{"": "(no name)", "abc": "abc", "abcdef": "abcdef", "0192-abcdefg": "…bcdefg", "x重い": `x\u91cd\u3044`} {
		if got := keyEnd(key); got != want {
			t.Errorf("keyEnd(%q) = %q, want %q", key, got, want)
		}
	}
}

// TestTimelineOfAStoredStage: of a stage whose rows stay on disk, what an answer means is read with the attempts, whatever its
// status says.
func TestTimelineOfAStoredStage(t *testing.T) {
	run, err := runs.Store{Dir: t.TempDir()}.Create("test", "http://localhost:1")
	if err != nil {
		t.Fatal(err)
	}
	w, err := run.Begin(runs.Info{Stage: "s", Kind: runs.Load, API: run.API, Load: "s:1x1", Requests: 1})
	if err != nil {
		t.Fatal(err)
	}
	r := runs.Record{Operation: runs.Operation{Stage: "s", Key: "k", Attempts: 2}}
	for i, meaning := range []string{"no_stock", "confirmed"} {
		r.Attempts = append(r.Attempts, runs.Attempt{Stage: "s", Key: "k", Number: int64(i + 1), Status: 201, Sent: true, Reason: "told", Meaning: meaning})
	}
	records := make([]runs.Record, runs.MaxInMemory+1) // of purchases without attempts, but for the first
	records[0] = r
	for i := range records {
		records[i].Operation.Stage, records[i].Operation.Index = "s", int64(i)
	}
	if err := errors.Join(w.Append(records), w.Finish(runs.Complete, "")); err != nil {
		t.Fatal(err)
	}
	stages, err := run.OpenStages()
	if err != nil || !stages[0].OnDisk() {
		t.Fatalf("%v; want a stage on disk", err)
	}
	rows := timelines(stages, 1)
	if len(rows) != 1 || len(rows[0].bars) != 2 || rows[0].bars[0].pattern != hatched || rows[0].bars[1].pattern != plain {
		t.Errorf("the rows are %+v, want a bar that was refused and one that was confirmed", rows)
	}
}
