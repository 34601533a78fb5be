package audit

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"sagalab/pkg/runs"
)

// withSteps makes the rows of any evidence those of steps, polls and logins.
func (d *dice) withSteps(e Evidence) Evidence {
	for i := range e.Stages {
		s := &e.Stages[i]
		s.Steps = pick(d, []string{"a", "b"}, nil, []string{"b"}, []string{"a", "c", "b"}, []string{""})
		for n := range s.Attempts {
			a := &s.Attempts[n]
			a.Kind, a.Step = pick(d, "", runs.Original, runs.Retry, runs.Poll, runs.Login, "x"), pick(d, "", "a", "b", "c", "x")
			a.Meaning = pick(d, "", "unclear", "confirmed", "step_done", "pending", "no_stock", "declined", "invalid", "in_progress", "turned_away", "not_sent")
			if d.n(2) == 1 && a.Step != "" {
				a.Key += "." + a.Step
			}
			a.Replayed = d.n(3) == 1
		}
	}
	if e.After != nil && len(e.After.Orders) > 0 && d.n(2) == 1 {
		e.After.Orders[0].IdempotencyKey = "a.a"
	}
	for i := range e.AskedAgain {
		e.AskedAgain[i].Attempt.Step = d.key()
	}
	return e
}

// FuzzJudgeSteps: any rows of steps, polls and logins are judged, always alike, and the report can be
// written.
func FuzzJudgeSteps(f *testing.F) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		data := make([]byte, 1500)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := &dice{data: data}
		e := d.evidence()
		e = d.withSteps(e)
		r := Judge(e, Options{})
		for _, v := range r.Verdicts {
			told := v.First != nil && v.Worst != nil && v.Last != nil
			if (v.Answer == Violated) != told || (v.Answer == Violated) != (v.Count > 0) || v.Count > v.Judged || v.Evidence() == "" {
				t.Errorf("%s: %s, %d of %d, %q, counterexamples %v", v.Rule, v.Answer, v.Count, v.Judged, v.Evidence(), told)
			}
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		if again := Judge(e, Options{}).String(); again != r.String() {
			t.Fatalf("judged as\n%s\nand then as\n%s", r, again)
		}
		CheckLinearizability(e, Options{}, time.Millisecond)
	})
}
