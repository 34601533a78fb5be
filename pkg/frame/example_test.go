package frame_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/compare"
	"sagalab/pkg/frame"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// stage is a stage of n purchases of 10 ms times a factor, every 50th of which fails.
func stage(name string, n int, factor float64) runs.Stage {
	s := runs.Stage{Info: runs.Info{Stage: name, State: runs.Complete, Requests: n, VUs: 1, Started: time.Unix(1_700_000_000, 0).UTC()}}
	at := s.Started
	for i := range n {
		latency := time.Duration(factor * float64(10+i*7%10) * float64(time.Millisecond))
		o := runs.Operation{Stage: name, Index: int64(i), ScheduledTS: at, StartTS: at, EndTS: at.Add(latency),
			LatencyMS: latency.Seconds() * 1000, Attempts: 1, Success: true, StatusStr: "success", Outcome: purchase.OK, Status: 201}
		if i%50 == 49 {
			o.Success, o.StatusStr, o.Outcome, o.Status, o.Reason = false, "failure", purchase.Failed, 409, "out_of_stock"
		}
		s.Operations = append(s.Operations, o)
		at = at.Add(latency)
	}
	return s
}

// printRows prints a frame with commas between its cells.
func printRows(df dataframe.DataFrame) {
	for _, row := range df.Records() {
		fmt.Println(strings.Join(row, ", "))
	}
}

func ExampleSummary() {
	df, err := frame.Summary([]runs.Stage{stage("light", 100, 1), stage("heavy", 2000, 3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	printRows(df.Select([]string{"stage", "requests", "failure", "p50_ms", "p99_ms", "note"}))
	// Output:
	// stage, requests, failure, p50_ms, p99_ms, note
	// light, 100, 2, 14.000000, 19.000000, few samples: p95 p99
	// heavy, 2000, 40, 42.000000, 57.000000,
}

func ExampleFailuresByReason() {
	df, err := frame.FailuresByReason([]runs.Stage{stage("heavy", 2000, 3)})
	if err != nil {
		fmt.Println(err)
		return
	}
	printRows(df)
	// Output:
	// stage, reason, failures, unknown, of_requests_percent
	// heavy, out_of_stock, 40, 0, 2.000000
}

func ExampleOperations() {
	df, err := frame.Operations(stage("light", 60, 1).Operations)
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, columns := df.Dims()
	fmt.Println(rows, "rows,", columns, "columns; latency of the first", df.Col("latency_ms").Elem(0), "ms")
	// Output:
	// 60 rows, 29 columns; latency of the first 10.000000 ms
}

func ExampleComparison() {
	c := compare.Stages(stage("heavy", 2000, 1), stage("heavy", 2000, 1.5), compare.Options{})
	df, err := frame.Comparison(c)
	if err != nil {
		fmt.Println(err)
		return
	}
	printRows(df.Select([]string{"metric", "change", "change_unit", "verdict"}).Subset([]int{0, 5, 9}))
	// Output:
	// metric, change, change_unit, verdict
	// p50, 50.000000, %, worse
	// error_ratio, 0.000000, pp, no difference shown
	// goodput, -33.300000, %, worse
}

// A product that is sold out stands out among the products of a stage.
func ExampleByProduct() {
	heavy := stage("heavy", 2000, 3)
	for i := range heavy.Operations {
		o := &heavy.Operations[i]
		if o.ProductID = purchase.ID(1 + i%2); !o.Success {
			o.ProductID = 3
		}
	}
	df, err := frame.ByProduct([]runs.Stage{heavy})
	if err != nil {
		fmt.Println(err)
		return
	}
	printRows(df.Select([]string{"product_id", "requests", "failure", "p50_ms"}))
	// Output:
	// product_id, requests, failure, p50_ms
	// 1, 1000, 0, 42.000000
	// 2, 960, 0, 45.000000
	// 3, 40, 40, 39.000000
}
