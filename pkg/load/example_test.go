package load_test

import (
	"context"
	"fmt"
	"time"

	"sagalab/pkg/load"
)

// A stage of the closed model: 5 virtual users share 100 operations.
func ExampleRun() {
	stage := load.Stage{Name: "light", Requests: 100, VUs: 5}
	task := func(_ context.Context, a load.Arrival) int { return a.Index } // what an operation does
	sum := 0
	record := func(b load.Batch[int]) error { // what was measured, ten times a second
		for _, s := range b.Samples {
			sum += s.Value
		}
		return nil
	}
	report, err := load.Run(context.Background(), stage, 1, task, record)
	fmt.Println(report.Started, "operations, sum of values", sum, err)
	// Output: 100 operations, sum of values 4950 <nil>
}

func ExampleParseStage() {
	stage, err := load.ParseStage("open:50..200/s@1m,200/s@2m,poisson,cap=500")
	fmt.Println(stage.Name, stage.Open(), stage.Length(), stage.MaxInFlight, err)
	_, err = load.ParseStage("heavy:0x20000")
	fmt.Println(err)
	// Output:
	// open true 3m0s 500 <nil>
	// stage "heavy": requests is 0, want 1 to 10000000
	// stage "heavy": VUs is 20000, want 1 to 10000
}

func ExampleStage_Schedule() {
	stage := load.Stage{Name: "open", Rate: load.Ramp(1, 3, 2*time.Second)}
	for offset := range stage.Schedule(1) {
		fmt.Println(offset.Round(time.Millisecond))
	}
	// Output:
	// 0s
	// 732ms
	// 1.236s
	// 1.646s
}

func ExampleNewWorkload() {
	stage := load.Stage{Name: "heavy", Requests: 1000, VUs: 3}
	_, err := load.NewWorkload(stage, load.Partition{Number: 0, Of: 4})
	fmt.Println(err)
	// Output: stage "heavy": it can be divided among 3 processes at most, not 4: each needs a user and an operation
}

func ExampleHistogram() {
	var h load.Histogram
	for ms := range 100 {
		h.Record(time.Duration(ms+1) * time.Millisecond)
	}
	fmt.Println(h.Count(), h.Quantile(.5).Round(time.Millisecond), h.Max())
	// Output: 100 50ms 100ms
}

func ExampleQuantile() {
	latencies := load.Sorted([]float64{31, 12, 480, 15})
	fmt.Println(load.Quantile(latencies, .5), load.Quantile(latencies, .99), load.SamplesFor(.99))
	// Output: 15 480 1000
}
