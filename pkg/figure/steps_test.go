package figure

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// checkout is a stage of n purchases of some steps, after a login, each step slower than the
// one before. One in seven has a retry at a step, one in nine is refused at its second step;
// the last step is accepted first, and polled, when polled is true.
func checkout(name string, n int, polled bool, steps ...string) runs.Stage {
	random := rand.New(rand.NewPCG(3, 3))
	s := runs.Stage{Info: runs.Info{Stage: name, State: runs.Complete, Requests: n, Started: began, Steps: steps}}
	for i := range n {
		s.Operations = append(s.Operations, runs.Operation{Stage: name, Index: int64(i), Key: fmt.Sprintf("0192-%s-%x", name, 0xa1b2c3+i*7919), Outcome: purchase.OK, Success: true, Status: 201})
		o := &s.Operations[i]
		o.StartTS = began.Add(time.Duration(i) * 3 * time.Millisecond)
		o.ScheduledTS = o.StartTS
		at := o.StartTS
		send := func(kind, step string, ms float64, m purchase.Meaning, status int64) {
			number := o.Attempts
			if kind == runs.Original || kind == runs.Retry {
				o.Attempts++
				number = o.Attempts
			}
			key := o.Key + "." + step
			s.Attempts = append(s.Attempts, runs.Attempt{Stage: name, Index: o.Index, Number: number, Kind: kind, Step: step, Key: key, StartTS: at, LatencyMS: ms, Status: status, Sent: true, Meaning: m.String()})
			at = at.Add(time.Duration((ms + 1) * 1e6))
		}
		send(runs.Login, steps[0], 4, purchase.MeansUnclear, 200)
		for k, step := range steps {
			o.Steps++
			ms := float64(k+1) * 4 * (.5 + random.ExpFloat64())
			kind := runs.Original
			if (i+k)%7 == 6 {
				send(kind, step, ms, purchase.MeansUnclear, 503)
				at, kind = at.Add(100*time.Millisecond), runs.Retry
			}
			if k == 1 && i%9 == 8 {
				send(kind, step, ms, purchase.MeansNoStock, 409)
				o.Outcome, o.Success, o.Reason, o.Status = purchase.Failed, false, "out_of_stock", 409
				break
			}
			if k+1 < len(steps) || !polled {
				send(kind, step, ms, purchase.MeansStepDone, 201)
				continue
			}
			send(kind, step, ms, purchase.MeansPending, 202)
			o.AcceptedMS = float64(at.Sub(o.StartTS)) / 1e6
			for p := range 2 + i%2 {
				at = at.Add(time.Duration(200<<p) * time.Millisecond)
				send(runs.Poll, step, 3, []purchase.Meaning{purchase.MeansPending, purchase.MeansConfirmed}[min(p, 1)], 200)
				if o.Polls++; p == 1 {
					o.UncertaintyMS = 407
					break
				}
			}
		}
		o.EndTS = at
		o.LatencyMS = float64(at.Sub(o.StartTS)) / 1e6
	}
	return s
}

// shops are stages whose purchases take steps: one with polls, one with the most steps that
// have a place of their own in the legend.
func shops() []runs.Stage {
	return []runs.Stage{checkout("shop", 400, true, "cart", "address", "payment", "order"), checkout("market", 1200, false, "basket", "order")}
}

func manySteps() []runs.Stage {
	names := make([]string, purchase.MaxSteps)
	for i := range names {
		names[i] = fmt.Sprintf("step %d of a long way to a purchase", i+1)[:purchase.MaxStepName-2]
	}
	return []runs.Stage{checkout("shop", 30, true, names...)}
}

func TestGoldenImagesOfSteps(t *testing.T) {
	check(t, "steps_shop", StepLatencies, shops()[:1])
	check(t, "steps_two", StepLatencies, shops())
	check(t, "steps_many", StepLatencies, manySteps())
	check(t, "timeline_steps", func(s []runs.Stage) (*plot.Plot, error) { return AttemptTimeline(s, 5) }, shops()[:1])
	check(t, "attempts_steps", AttemptsByOutcome, shops())
	check(t, "amplification_steps", amplified, shops())
}

func TestStepsStayWithinTheEdges(t *testing.T) {
	for name, stages := range map[string][]runs.Stage{"shops": shops(), "many steps": manySteps()} {
		for figure, draw := range map[string]func([]runs.Stage) (*plot.Plot, error){"steps": StepLatencies, "timeline": timelineOf, "attempts": AttemptsByOutcome} {
			p, err := draw(stages)
			if err != nil {
				t.Fatal(err)
			}
			checkMargins(t, figure+" of "+name, p)
		}
	}
}

// The legend has the steps in their order, and the whole purchase last.
func TestLegendOfSteps(t *testing.T) {
	p, err := StepLatencies(shops()[:1])
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, text := range drawnTexts(p) {
		if name, _, found := strings.Cut(text, ", p50 "); found {
			names = append(names, name)
		}
	}
	if got := strings.Join(names, " "); got != "cart address payment order end to end" {
		t.Errorf("the legend has %s", got)
	}
	if got := strings.Join(drawnTexts(p), "\n"); !strings.Contains(got, "polled latencies of shop may be up to 407.0 ms less") {
		t.Errorf("the figure does not say what is not known: %s", got)
	}
}

func TestStepLatenciesRefuses(t *testing.T) {
	if _, err := StepLatencies(calm()); !errors.As(err, new(Nothing)) || !strings.Contains(err.Error(), "one request") {
		t.Errorf("of stages without steps: %v", err)
	}
	if _, err := StepLatencies(append(manySteps(), manySteps()...)); err == nil || !strings.Contains(err.Error(), "42 curves") {
		t.Errorf("of 42 curves: %v", err)
	}
}

// Polls are no attempts of a timeline: an attempt keeps its label, and a key of another step is not new.
func TestPollsAreMarksOfATimeline(t *testing.T) {
	p, err := AttemptTimeline(shops()[:1], 3)
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(drawnTexts(p), "\n")
	for _, want := range []string{"poll", "login", "wait"} {
		if !strings.Contains(all, want) {
			t.Errorf("the legend lacks %s", want)
		}
	}
	if strings.Contains(all, "new key") {
		t.Error("the key of a step is called a new one")
	}
}

// Figures of steps are Japanese, too.
func TestStepsInJapanese(t *testing.T) {
	inJapanese(t)
	for name, draw := range map[string]func([]runs.Stage) (*plot.Plot, error){"steps": StepLatencies, "timeline": timelineOf, "attempts": AttemptsByOutcome, "amplification": amplified} {
		p, err := draw(shops())
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range drawnTexts(p) {
			for _, word := range []string{"Latency", "share", "polled", "end to end", "poll", "login", "retries", "begun", "attempts"} {
				if strings.Contains(text, word) {
					t.Errorf("%s shows %q", name, text)
				}
			}
		}
		checkMargins(t, name+" of steps in Japanese", p)
	}
	if _, err := StepLatencies(calm()); err == nil || strings.Contains(err.Error(), "request") {
		t.Errorf("of stages without steps: %v", err)
	}
}

// A percentile of polled latencies has no digit that is not known.
func TestLegendOfPolledLatencies(t *testing.T) {
	p, err := CDFs(shops())
	if err != nil {
		t.Fatal(err)
	}
	all := strings.Join(drawnTexts(p), "\n")
	if !strings.Contains(all, "shop, n = 400, p50 346–754  p95 431–839  p99 474–882 ms") || !strings.Contains(all, "market, n = 1,200, p50 27.8  p95") {
		t.Errorf("the legend has %s", all)
	}
}

// TestNoteOfAStepThatIsPolled: the line below says what is not known of any step's latency, also of one
// after which the purchase goes on.
func TestNoteOfAStepThatIsPolled(t *testing.T) {
	s := runs.Stage{Info: runs.Info{Stage: "shop", State: runs.Complete, Requests: 1, Started: began, Steps: []string{"reserve", "pay"}}}
	s.Operations = []runs.Operation{{Stage: "shop", StartTS: began, ScheduledTS: began, EndTS: began.Add(400 * time.Millisecond), LatencyMS: 400, Attempts: 2, Steps: 2, Polls: 1, Success: true, Outcome: purchase.OK}}
	for i, a := range []runs.Attempt{
		{Number: 1, Kind: runs.Original, Step: "reserve", Meaning: purchase.MeansPending.String()},
		{Number: 1, Kind: runs.Poll, Step: "reserve", Meaning: purchase.MeansStepDone.String()},
		{Number: 2, Kind: runs.Original, Step: "pay", Meaning: purchase.MeansConfirmed.String()},
	} {
		a.StartTS, a.LatencyMS, a.Status, a.Sent = began.Add(time.Duration(i)*190*time.Millisecond), 10, 200, true
		s.Attempts = append(s.Attempts, a)
	}
	if curves, uncertain := stepCurves(s, false, 0); len(curves) != 3 || uncertain != 200 {
		t.Errorf("%d curves, of which up to %v ms are not known; want 3 and 200", len(curves), uncertain)
	}
}
