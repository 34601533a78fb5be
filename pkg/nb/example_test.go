package nb_test

import (
	"time"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/frame"
	"sagalab/pkg/nb"
	"sagalab/pkg/runs"
)

// A table takes a data frame and the error that came with it, and outside a notebook
// prints text.
func ExampleTable() {
	nb.Table(dataframe.New(
		series.New([]string{"light", "heavy"}, series.String, "stage"),
		series.New([]float64{12.25, 341.5}, series.Float, "p99_ms"),
	), nil)
	// Output:
	// stage  p99_ms
	// light  12.2
	// heavy  341.5
}

// A stage is held in a cell as a value; a later cell reads it with Recorded. The figures and
// tables of one's own are made from its frames.
func ExampleRecordedStage_Frame() {
	heavy := nb.RecordedStage{Stage: runs.Stage{Operations: []runs.Operation{
		{Index: 0, Outcome: "ok", Attempts: 1, LatencyMS: 12.5},
		{Index: 1, Outcome: "unknown", Attempts: 3, LatencyMS: 3010, Reason: "timeout"},
	}}}
	nb.Table(frame.Top(heavy.Frame("index", "reason", "latency_ms"), "latency_ms", 10))
	// Output:
	// index  reason   latency_ms
	// 1      timeout  3010
	// 0               12.5
}

// Must passes on what a function of package frame returns beside an error, for the next step.
func ExampleMust() {
	df := dataframe.New(
		series.New([]string{"timeout", "http_503", "timeout"}, series.String, "reason"),
		series.New([]float64{5010, 240, 5002}, series.Float, "latency_ms"),
	)
	timeouts := nb.Must(frame.Where(df, "reason", "timeout"))
	nb.Table(frame.Quantiles(timeouts, "latency_ms", "", 0.5))
	// Output:
	// rows  p50_latency_ms  note
	// 2     5002            few samples: p50
}

// A search of a service that asks its payments over HTTP: tell the service to send charges to port
// 9001 in place of 8001. It shows the smallest fault that breaks a rule, or how much was tried.
func ExampleLab_Search() {
	lab := nb.Lab{Name: "shop", API: "http://127.0.0.1:8000"}
	found := lab.Search(nb.FaultSearch{Name: "charges", Purchases: 2, Faults: 1, Budget: 5 * time.Minute, Reset: "./reset.sh",
		Participants: []nb.Participant{{Name: "payments", Listen: "127.0.0.1:9001", URL: "http://127.0.0.1:8001"}}})
	if found.Broken() {
		found.Replay()
	}
}

// The reference service with a defect, in three processes. A later cell replays what was found.
func ExampleLab_OwnDistributed() {
	lab := nb.Lab{Name: "shop", API: nb.Env("SAGALAB_API", "http://localhost:8000")}
	lab.OwnDistributed(func(own nb.Lab) {
		own.Search(nb.FaultSearch{Name: "retries"})
		own.Found("retries").Replay()
	}, "--defect=retry_charges_twice")
}
