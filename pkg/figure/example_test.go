package figure_test

import (
	"bytes"
	"errors"
	"fmt"
	"image/png"
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/compare"
	"sagalab/pkg/figure"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stage is a stage of n purchases of 10 ms times a factor, one after the other.
func stage(name string, n int, factor float64) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: name, State: runs.Complete, Requests: n, VUs: 1, Started: time.Unix(1_700_000_000, 0)}}
	at := s.Started
	for i := range n {
		latency := time.Duration(factor * float64(10+i*7%10) * float64(time.Millisecond))
		s.Operations = append(s.Operations, runs.Operation{Stage: name, Index: int64(i), ScheduledTS: at, StartTS: at, EndTS: at.Add(latency),
			LatencyMS: latency.Seconds() * 1000, Attempts: 1, Success: true, Outcome: purchase.OK})
		at = at.Add(latency)
	}
	return s
}

func ExampleLatencyHistogram() {
	p, err := figure.LatencyHistogram([]runs.Stage{stage("light", 50, 1), stage("heavy", 1000, 3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	fmt.Println(p.Y.Label.Text)
	// Output:
	// Latency distribution by stage
	// share of the stage's requests (%)
}

func ExampleEffects() {
	p, err := figure.Effects(compare.Stages(stage("heavy", 2000, 1), stage("heavy", 2000, 1.5), compare.Options{}))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	fmt.Println(p.X.Label.Text)
	// Output:
	// Change of B against A: heavy
	// change in %, in percentage points (pp) for ratios, with intervals of 95 %
}

// A figure without data is an error with a line to print in its place.
func ExampleNothing() {
	_, err := figure.FailuresByReason([]runs.Stage{stage("heavy", 1250, 1)})
	var nothing figure.Nothing
	fmt.Println(errors.As(err, &nothing), err)
	// Output:
	// true Failures by reason: no failures in 1,250 requests
}

func ExamplePNG() {
	p, err := figure.SuccessFailure([]runs.Stage{stage("light", 50, 1)})
	if err != nil {
		fmt.Println(err)
		return
	}
	image, err := figure.PNG(p, figure.Width, figure.Height, 72)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := png.DecodeConfig(bytes.NewReader(image))
	fmt.Println(c.Width, c.Height, err)
	// Output:
	// 576 288 <nil>
}

// Scatter, Lines and Bars draw any data frame; axes have their units from the columns' endings.
func ExampleScatter() {
	df := dataframe.New(
		series.New([]float64{0, .5, 1}, series.Float, "start_s"),
		series.New([]float64{3, 800, 4}, series.Float, "latency_ms"),
		series.New([]string{"ok", "unknown", "ok"}, series.String, "outcome"),
	)
	p, err := figure.Scatter(df, "start_s", "latency_ms", "outcome")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	fmt.Println(p.X.Label.Text)
	fmt.Println(p.Y.Label.Text)
	// Output:
	// latency against start, by outcome
	// start (s)
	// latency (ms, logarithmic)
}

// A chosen scale takes the place of the one that the values ask for.
func ExampleLinear() {
	p, err := figure.Scatter(durations(), "start_s", "latency_ms", "", figure.Linear("latency_ms"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.X.Label.Text, "|", p.Y.Label.Text)
	// Output:
	// start (s) | latency (ms)
}

func ExampleLogarithmic() {
	p, err := figure.Lines(durations(), "start_s", "latency_ms", "", figure.Logarithmic("latency_ms"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.X.Label.Text, "|", p.Y.Label.Text)
	_, err = figure.Lines(durations(), "start_s", "latency_ms", "", figure.Logarithmic("start_s"))
	fmt.Println(err)
	// Output:
	// start (s) | latency (ms, logarithmic)
	// start_s has values of 0 or below (1 of 3), which have no place on a logarithmic axis: leave them out with frame.Where(df, "start_s", frame.Above(0))
}

// durations is a frame of three latencies.
func durations() dataframe.DataFrame {
	return dataframe.New(series.New([]float64{0, .5, 1}, series.Float, "start_s"), series.New([]float64{3, 800, 4}, series.Float, "latency_ms"))
}

func ExampleBars() {
	df := dataframe.New(
		series.New([]string{"light", "light", "heavy"}, series.String, "stage"),
		series.New([]string{"eof", "timeout", "eof"}, series.String, "reason"),
		series.New([]int{1, 2, 17}, series.Int, "rows"),
	)
	p, err := figure.Bars(df, "stage", "rows", "reason")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	_, err = figure.Bars(df, "stage", "rows", "")
	fmt.Println(err)
	// Output:
	// rows against stage, by reason
	// two rows have stage "light": one bar is drawn for each, so group them first, as in frame.GroupBy(df, []string{"stage"}, frame.Sum("rows"))
}

func ExampleLines() {
	df := dataframe.New(
		series.New([]float64{50, 100, 200}, series.Float, "offered_per_s"),
		series.New([]float64{12, 14, 180}, series.Float, "p99_ms"),
	)
	p, err := figure.Lines(df, "offered_per_s", "p99_ms", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.X.Label.Text, "|", p.Y.Label.Text)
	// Output:
	// offered (per s) | p99 (ms)
}

// The calls of an execution with a fault, such as a search for faults has seen.
func ExampleCallTimeline() {
	at := func(ms int) time.Time { return time.Unix(1_700_000_000, 0).Add(time.Duration(ms) * time.Millisecond) }
	calls := []figure.TimelineCall{
		{Purchase: 1, Attempt: 1, Began: at(0), Ended: at(30), Status: 201},
		{Purchase: 1, Participant: "payments", Step: "POST /charge", Attempt: 1, Fault: "drop_reply", Began: at(4), Ended: at(6), Status: 200},
		{Purchase: 1, Participant: "payments", Step: "POST /charge", Attempt: 2, Began: at(17), Ended: at(19), Status: 200},
	}
	const title = "One purchase; the reply to the first charge is lost: charged twice"
	p, err := figure.CallTimeline(title, calls)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	fmt.Println(p.X.Label.Text)
	fmt.Printf("%.1f inches high\n", figure.CallTimelineHeight(title, calls))
	// Output:
	// One purchase; the reply to the first charge is lost: charged twice
	// time since the first call (ms)
	// 1.9 inches high
}

func ExampleFaultMap() {
	cells := []figure.FaultCell{
		{Participant: "payments", Step: "POST /charge", Attempt: 1, Fault: "drop_reply", Survived: 9, Skipped: map[string]int{"the same with equal purchases exchanged": 4}},
		{Participant: "payments", Step: "POST /charge", Attempt: 1, Fault: "drop_request", Broke: 1, Rule: "C3"},
	}
	p, err := figure.FaultMap("What the search has tried", cells, "14 schedules: 10 executed, 4 skipped")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(p.Title.Text)
	fmt.Println(p.X.Label.Text)
	// Output:
	// What the search has tried
	// fault that was done to the call; a schedule counts in the cell of each of its faults
	// skipped because (a) the same with equal purchases exchanged
	// 14 schedules: 10 executed, 4 skipped
}
