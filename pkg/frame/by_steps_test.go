package frame

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stepsStage has n purchases of the steps cart and order, the order accepted first and settled
// by a poll; every tenth is cut off after the cart.
func stepsStage(name string, n int) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: name, State: runs.Complete, Requests: n, Started: began, Steps: []string{"cart", "order"}}}
	for i := range n {
		at := began.Add(time.Duration(i) * time.Millisecond)
		o := runs.Operation{Stage: name, Index: int64(i), ScheduledTS: at, StartTS: at, LatencyMS: 5, Attempts: 1, Steps: 1, Outcome: purchase.Failed, Reason: "cut_off"}
		row := func(number int64, kind, step string, after, ms float64, m purchase.Meaning) {
			s.Attempts = append(s.Attempts, runs.Attempt{Stage: name, Index: o.Index, Number: number, Kind: kind, Step: step, Key: "k", StartTS: at.Add(time.Duration(after * 1e6)), LatencyMS: ms, Status: 200, Sent: true, Meaning: m.String()})
		}
		row(1, runs.Original, "cart", 0, 5, purchase.MeansStepDone)
		if i%10 > 0 {
			row(2, runs.Original, "order", 10, 10, purchase.MeansPending)
			row(2, runs.Poll, "order", 220, 10, purchase.MeansPending)
			row(2, runs.Poll, "order", 620, 10, purchase.MeansConfirmed)
			o.LatencyMS, o.AcceptedMS, o.UncertaintyMS, o.Attempts, o.Steps, o.Polls, o.Outcome, o.Success, o.Reason = 630, 20, 410, 2, 2, 2, purchase.OK, true, ""
		}
		o.EndTS = at.Add(time.Duration(o.LatencyMS * 1e6))
		s.Operations = append(s.Operations, o)
	}
	return s
}

func TestBySteps(t *testing.T) {
	plain := stageOf("plain", 20)
	df := must(t)(BySteps([]runs.Stage{stepsStage("shop", 200), plain}))
	want := "stage|step|begun|done|refused|unknown|attempts|retries|polls|p50_ms|p90_ms|p99_ms|note\n" +
		"shop|cart|200|200|0|0|200|0|0|5.000000|5.000000|5.000000|few samples: p99\n" +
		"shop|order|180|180|0|0|180|0|360|620.000000|620.000000|620.000000|p50 210–620  p99 210–620 ms, 360 polls; few samples: p99\n" +
		"shop|end to end|200|180|20|0|380|0|360|630.000000|630.000000|630.000000|p50 220–630  p99 220–630 ms, 360 polls; few samples: p99\n"
	if got := text(df); !strings.HasPrefix(got, want) || df.Nrow() != 4 {
		t.Errorf("BySteps =\n%s\nwant\n%s", got, want)
	}
	sum := runs.Summarize(plain)
	if row := df.Records()[4]; row[1] != EndToEnd || row[2] != "20" || df.Elem(3, 6).Float() != float64(sum.Attempts) || row[12] != "few samples: p90 p99" {
		t.Errorf("the row of a stage without steps is %v", row)
	}
}

// Only a stage with polls has columns and notes of them.
func TestSummaryOfPolledPurchases(t *testing.T) {
	plain := must(t)(Summary([]runs.Stage{stageOf("plain", 20)}))
	if slices.Contains(plain.Names(), "accepted_p50_ms") {
		t.Errorf("columns %v of a stage without polls", plain.Names())
	}
	df := must(t)(Summary([]runs.Stage{stageOf("plain", 20), stepsStage("shop", 2000)}))
	names := df.Names()
	if got := strings.Join(names[len(names)-3:], " "); got != "accepted_p50_ms accepted_p99_ms note" {
		t.Errorf("the last columns are %s", got)
	}
	if got := strings.Join(df.Records()[2], "|"); !strings.HasSuffix(got, "|630.000000|630.000000|630.000000|630.000000|630.000000|20.000000|20.000000|p50 220–630  p99 220–630 ms, 3600 polls") {
		t.Errorf("%s", got)
	}
	if got := df.Elem(0, len(names)-2).String(); got != "NaN" {
		t.Errorf("a stage without polls was accepted after %s", got)
	}
	if got := df.Col("amplification").Elem(1).Float(); got != 1 {
		t.Errorf("the amplification is %v without a retry, want 1", got)
	}
}

// Frames of rows have the columns of steps and polls filled, also those of older runs.
func TestColumnsOfSteps(t *testing.T) {
	s := stepsStage("shop", 2)
	df := must(t)(StageOperations([]runs.Stage{s}, "steps", "polls", "accepted_ms", "uncertainty_ms"))
	if got := text(df); got != "steps|polls|accepted_ms|uncertainty_ms\n1|0|0.000000|0.000000\n2|2|20.000000|410.000000\n" {
		t.Errorf("%s", got)
	}
	df = must(t)(StageAttempts([]runs.Stage{s}, "kind", "step"))
	if got := text(df); got != "kind|step\noriginal|cart\noriginal|cart\noriginal|order\npoll|order\npoll|order\n" {
		t.Errorf("%s", got)
	}
	older := stageOf("older", 1)
	if df = must(t)(StageOperations([]runs.Stage{older}, "steps")); df.Elem(0, 0).String() != "1" {
		t.Errorf("%s steps of an operation of an older run, want 1", df.Elem(0, 0))
	}
}

// Groups of polled purchases have no digit that is not known, either.
func TestGroupsOfPolledPurchases(t *testing.T) {
	df := must(t)(ByProduct([]runs.Stage{stepsStage("shop", 1000)}))
	names := df.Names()
	if got := strings.Join(df.Records()[1][6:], "|"); !strings.HasSuffix(got, "|630.000000|630.000000|630.000000|p50 220–630  p99 220–630 ms, 1800 polls") {
		t.Errorf("%v: %s", names, got)
	}
	if got := df.Col("amplification").Elem(0).Float(); got != 1 {
		t.Errorf("the amplification is %v without a retry, want 1", got)
	}
}
