package runs

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"sagalab/pkg/purchase"
)

// stepRecord is a purchase of the steps cart and order after a login. i%4 is 1 for one that was
// cut off after the cart, 2 for one with a retry of the order, 3 for one that is refused by a
// poll, else 0; all but the first were accepted, and polled twice.
func stepRecord(stage string, i int) Record {
	r := record(stage, i)
	o := &r.Operation
	at := o.StartTS
	r.Attempts = nil
	add := func(number int64, kind, step, key string, status int64, meaning purchase.Meaning, ms float64) {
		r.Attempts = append(r.Attempts, Attempt{Stage: stage, Index: o.Index, Number: number, Kind: kind, Key: key, StartTS: at, LatencyMS: ms, Status: status, Sent: true, Meaning: meaning.String(), Step: step})
		at = at.Add(time.Duration(ms+1) * time.Millisecond)
	}
	add(0, Login, "cart", "", 200, purchase.MeansUnclear, 3)
	add(1, Original, "cart", o.Key+".cart", 201, purchase.MeansStepDone, 4)
	o.Attempts, o.Steps = 1, 1
	if i%4 == 1 {
		o.Success, o.StatusStr, o.Outcome, o.Reason, o.OrderID = false, "failure", purchase.Failed, "cut_off", ""
	} else {
		o.Attempts, o.Steps = 2, 2
		if i%4 == 2 {
			add(2, Original, "order", o.Key, 503, purchase.MeansUnclear, 5)
			o.Attempts = 3
		}
		add(o.Attempts, []string{Original, Retry}[o.Attempts-2], "order", o.Key, 202, purchase.MeansPending, 6)
		o.AcceptedMS = milliseconds(at.Sub(o.ScheduledTS)) - 1
		add(o.Attempts, Poll, "order", o.Key, 200, purchase.MeansPending, 2)
		last := purchase.MeansConfirmed
		if i%4 == 3 {
			last = purchase.MeansNoStock
			o.Success, o.StatusStr, o.Outcome, o.Reason = false, "failure", purchase.Failed, "no_stock"
		}
		add(o.Attempts, Poll, "order", o.Key, 200, last, 2)
		o.Polls, o.UncertaintyMS = 2, 5
	}
	o.EndTS = at.Add(-time.Millisecond)
	o.LatencyMS = milliseconds(o.EndTS.Sub(o.ScheduledTS))
	return r
}

func stepRecords(stage string, n int) (list []Record) {
	for i := range n {
		list = append(list, stepRecord(stage, i))
	}
	return list
}

// stepsInfo describes a stage of stepRecords.
func stepsInfo(n int) Info {
	return Info{Stage: "s", Kind: Load, API: "http://127.0.0.1:8000", Requests: n, VUs: 5, Policy: "p", Steps: []string{"cart", "order"}}
}

// stepsStage has stepRecords in memory.
func stepsStage(n int) Stage {
	s := Stage{Info: stepsInfo(n)}
	for _, r := range stepRecords("s", n) {
		s.Operations, s.Attempts = append(s.Operations, r.Operation), append(s.Attempts, r.Attempts...)
	}
	return s
}

func TestEachStep(t *testing.T) {
	var got []Step
	for s := range stepsStage(4).EachStep() {
		got = append(got, *s)
	}
	want := []Step{
		{0, "cart", 1, 0, 4, 0, purchase.OK}, {0, "order", 1, 2, 12, 5, purchase.OK},
		{1, "cart", 1, 0, 4, 0, purchase.OK},
		{2, "cart", 1, 0, 4, 0, purchase.OK}, {2, "order", 2, 2, 18, 5, purchase.OK},
		{3, "cart", 1, 0, 4, 0, purchase.OK}, {3, "order", 1, 2, 12, 5, purchase.Failed},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("steps\n%+v\nwant\n%+v", got, want)
	}
	for range stepsStage(4).EachStep() { // the first alone
		break
	}
}

// What became of a step is what its attempts and polls say, as of a purchase.
func TestOutcomeOfAStep(t *testing.T) {
	type row struct {
		kind, key string
		meaning   purchase.Meaning
	}
	for name, tt := range map[string]struct {
		rows []row
		want purchase.Outcome
	}{
		"turned away":              {[]row{{Original, "k", purchase.MeansTurnedAway}}, purchase.Failed},
		"refused after a timeout":  {[]row{{Original, "k", purchase.MeansUnclear}, {Retry, "k", purchase.MeansNoStock}}, purchase.Failed},
		"refused under a new key":  {[]row{{Original, "k", purchase.MeansUnclear}, {Retry, "l", purchase.MeansNoStock}}, purchase.Unknown},
		"refused without a key":    {[]row{{Original, "", purchase.MeansUnclear}, {Retry, "", purchase.MeansNoStock}}, purchase.Unknown},
		"never ended":              {[]row{{Original, "k", purchase.MeansPending}, {Poll, "k", purchase.MeansPending}}, purchase.Unknown},
		"a poll that was too fast": {[]row{{Original, "k", purchase.MeansPending}, {Poll, "k", purchase.MeansTurnedAway}}, purchase.Unknown},
		"done by a poll":           {[]row{{Original, "k", purchase.MeansPending}, {Poll, "k", purchase.MeansStepDone}}, purchase.OK},
		"refused by a poll":        {[]row{{Original, "", purchase.MeansPending}, {Poll, "", purchase.MeansDeclined}}, purchase.Failed},
		"a timeout, then refused by a poll under a new key": {[]row{{Original, "k", purchase.MeansUnclear}, {Retry, "l", purchase.MeansPending}, {Poll, "l", purchase.MeansDeclined}}, purchase.Unknown},
		"a timeout, then refused by a poll without a key":   {[]row{{Original, "", purchase.MeansUnclear}, {Retry, "", purchase.MeansPending}, {Poll, "", purchase.MeansDeclined}}, purchase.Unknown},
		"a timeout, then refused by a poll under the key":   {[]row{{Original, "k", purchase.MeansUnclear}, {Retry, "k", purchase.MeansPending}, {Poll, "k", purchase.MeansDeclined}}, purchase.Failed},
		"accepted twice, refused once, without a key":       {[]row{{Original, "", purchase.MeansPending}, {Retry, "", purchase.MeansPending}, {Poll, "", purchase.MeansDeclined}}, purchase.Unknown},
		"asked for again later":                             {[]row{{Original, "k", purchase.MeansUnclear}, {Again, "k", purchase.MeansConfirmed}}, purchase.Unknown},
	} {
		t.Run(name, func(t *testing.T) {
			s := Stage{}
			for i, r := range tt.rows {
				s.Attempts = append(s.Attempts, Attempt{Number: int64(i + 1), Kind: r.kind, Key: r.key, Meaning: r.meaning.String(), Status: 200, Sent: true})
			}
			for step := range s.EachStep() {
				if step.Outcome != tt.want {
					t.Errorf("%s, want %s", step.Outcome, tt.want)
				}
			}
		})
	}
}

// The figures are the same of rows in memory, of a journal that is written to, and of tables.
func TestFiguresOfSteps(t *testing.T) {
	const n = 40
	want := SummarizeSteps(stepsStage(n))
	if got := fmt.Sprint(want); got != "[step cart: 40 begun, 40 done, 0 refused, 0 unknown, 0 retries, p50 4.00  p90 4.00  p99 4.00 ms step order: 30 begun, 20 done, 10 refused, 0 unknown, 10 retries, 60 polls, p50 7–12  p90 13–18  p99 13–18 ms]" {
		t.Errorf("%s", got)
	}
	_, r := newRun(t)
	w, err := r.Begin(stepsInfo(n))
	if err := errors.Join(err, w.Append(stepRecords("s", n))); err != nil {
		t.Fatal(err)
	}
	running, err := r.Overviews()
	if err := errors.Join(err, w.Finish(Complete, "")); err != nil {
		t.Fatal(err)
	}
	ended, err := r.Overviews()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Overview{"running": running[0], "ended": ended[0]} {
		if !reflect.DeepEqual(o.Steps, want) {
			t.Errorf("%s: %+v, want %+v", name, o.Steps, want)
		}
		s := o.Summary
		if s.Attempts != 80 || s.Retries != 10 || s.Amplification != 80./70 || s.Polls != 60 || s.AcceptedP50 != 15 || s.AcceptedP99 != 21 || s.P50 != 21 || s.P50Low != 16 || s.P99 != 27 || s.P99Low != 22 {
			t.Errorf("%s: %+v", name, s)
		}
		if got := s.LeftBehind(); got != "20 ended after step cart" {
			t.Errorf("%s: %q", name, got)
		}
		if got := s.Accepted(); got != "accepted p50 15.0  p99 21.0 ms, 60 polls" {
			t.Errorf("%s: %q", name, got)
		}
	}
	plain := stepsStage(n)
	if plain.Steps = nil; SummarizeSteps(plain) != nil {
		t.Error("a stage without steps has figures of steps")
	}
}

// A step that no purchase reached has a line, too.
func TestStepThatWasNotReached(t *testing.T) {
	s := stepsStage(1)
	s.Steps = []string{"cart", "order", "receipt"}
	if got := SummarizeSteps(s); len(got) != 3 || got[2].Begun != 0 || got[2].String() != "step receipt: 0 begun, 0 done, 0 refused, 0 unknown, 0 retries, p50 –  p90 –  p99 – ms" {
		t.Errorf("%v", got)
	}
}

// What is left behind is counted by the last step that was done.
func TestLeftBehind(t *testing.T) {
	s := Stage{Info: Info{Steps: []string{"cart", "address", "order"}}, Operations: []Operation{
		{Attempts: 1, Steps: 1, Outcome: purchase.Failed, Reason: "no_stock"}, // nothing was done
		{Attempts: 1, Steps: 1, Outcome: purchase.Failed, Reason: "cut_off"},
		{Attempts: 4, Steps: 2, Outcome: purchase.Unknown, Reason: "timeout"},
		{Attempts: 2, Steps: 2, Outcome: purchase.Unknown, Reason: Unfinished},
		{Attempts: 3, Steps: 3, Outcome: purchase.Failed, Reason: "no_money"},
		{Attempts: 3, Steps: 3, Outcome: purchase.OK, Success: true},
		{Outcome: purchase.Failed, Reason: "not_sent"},
	}}
	if got := Summarize(s).LeftBehind(); got != "3 ended after step cart, 1 after address" {
		t.Errorf("%q", got)
	}
	s.Operations = append(s.Operations, Operation{Attempts: 2, Steps: 2, Outcome: purchase.Unknown, Reason: "pending", AcceptedMS: 5},
		Operation{Attempts: 3, Steps: 3, Outcome: purchase.Unknown, Reason: "pending", AcceptedMS: 5})
	if sum := Summarize(s); sum.LeftBehind() != "3 ended after step cart, 1 after address" || sum.AcceptedOnly() != "2 accepted and not ended" {
		t.Errorf("%q and %q, want the accepted ones apart", sum.LeftBehind(), sum.AcceptedOnly())
	}
	s.Steps = nil // a stage whose steps have no names
	if got := Summarize(s).LeftBehind(); got != "3 ended after step 1, 1 after 2" {
		t.Errorf("%q", got)
	}
}

// In memory the rows of a purchase are in the order in which they were sent.
func TestRowsInTheOrderOfTheirRequests(t *testing.T) {
	want := stepsStage(30)
	got := want
	got.Attempts = slices.Clone(want.Attempts)
	slices.Reverse(got.Attempts)
	got.arrangeRows()
	if !reflect.DeepEqual(got.Attempts, want.Attempts) {
		t.Error("polls are in another order than they were sent")
	}
}

func TestFormatBetween(t *testing.T) {
	for _, tt := range []struct {
		low, high float64
		want      string
	}{
		{800, 1200, "800–1200"}, {100, 100, "100.0"}, {5, 5, "5.00"}, {16, 21, "16–21"}, {894, 1200, "894–1200"}, {318.4, 728.6, "318–729"},
		{.2, .5, "0.20–0.50"}, {1230.00001, 1230.00002, "1230.0"}, {0, 2000, "0–2000"}, {999.9, 1000.3, "999.9–1000.3"}, {8.21, 8.79, "8.2–8.8"},
	} {
		if got := FormatBetween(tt.low, tt.high); got != tt.want {
			t.Errorf("FormatBetween(%v, %v) = %q, want %q", tt.low, tt.high, got, tt.want)
		}
	}
}

// What is not known of a step's latency begins with the last request that saw it under way, as of an
// operation: a poll without an answer has seen nothing.
func TestUncertaintyOfAStepAfterPollsThatFail(t *testing.T) {
	at, s := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Stage{}
	for i, r := range []struct {
		kind    string
		meaning purchase.Meaning
	}{{Original, purchase.MeansPending}, {Poll, purchase.MeansPending}, {Poll, purchase.MeansUnclear}, {Poll, purchase.MeansTurnedAway}, {Poll, purchase.MeansConfirmed}} {
		s.Attempts = append(s.Attempts, Attempt{Number: 1, Kind: r.kind, Key: "k", Meaning: r.meaning.String(), Status: 200, Sent: true, StartTS: at.Add(time.Duration(i) * time.Second), LatencyMS: 10})
	}
	for step := range s.EachStep() {
		if step.LatencyMS != 4010 || step.UncertaintyMS != 3010 {
			t.Errorf("%v ms, of which %v are not known; want 4010 and 3010", step.LatencyMS, step.UncertaintyMS)
		}
	}
}
