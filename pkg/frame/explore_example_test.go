package frame_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/frame"
	"sagalab/pkg/runs"
)

// purchases is a frame of five purchases, one of which has no latency.
func purchases() dataframe.DataFrame {
	return dataframe.New(
		series.New([]int{0, 1, 2, 3, 4}, series.Int, "index"),
		series.New([]string{"", "timeout", "http_503", "", "timeout"}, series.String, "reason"),
		series.New([]int{1, 3, 3, 2, 3}, series.Int, "attempts"),
		series.New([]float64{12.5, 5010, 240, 130, math.NaN()}, series.Float, "latency_ms"),
	)
}

// show prints a frame, or why there is none.
func show(df dataframe.DataFrame, err error) {
	if err != nil {
		fmt.Println(err)
		return
	}
	printRows(df)
}

func ExampleHead() {
	show(frame.Head(purchases(), 2))
	// Output:
	// index, reason, attempts, latency_ms
	// 0, , 1, 12.500000
	// 1, timeout, 3, 5010.000000
}

func ExampleTop() {
	show(frame.Top(purchases(), "latency_ms", 2))
	show(frame.Top(purchases(), "latency", 2))
	// Output:
	// index, reason, attempts, latency_ms
	// 1, timeout, 3, 5010.000000
	// 2, http_503, 3, 240.000000
	// the frame has no column "latency": did you mean latency_ms?
}

func ExampleWhere() {
	show(frame.Where(purchases(), "reason", "timeout"))
	show(frame.Where(purchases(), "latency_ms", frame.Above(1000)))
	show(frame.Where(purchases(), "reason", frame.Not("")))
	// Output:
	// index, reason, attempts, latency_ms
	// 1, timeout, 3, 5010.000000
	// 4, timeout, 3, NaN
	// index, reason, attempts, latency_ms
	// 1, timeout, 3, 5010.000000
	// index, reason, attempts, latency_ms
	// 1, timeout, 3, 5010.000000
	// 2, http_503, 3, 240.000000
	// 4, timeout, 3, NaN
}

func ExampleSelect() {
	show(frame.Select(purchases().Subset([]int{1}), "latency_ms", "index"))
	// Output:
	// latency_ms, index
	// 5010.000000, 1
}

func ExampleGroupBy() {
	show(frame.GroupBy(purchases(), []string{"reason"}, frame.Count(), frame.Max("latency_ms")))
	// Output:
	// reason, rows, max_latency_ms, missing_latency_ms
	// , 2, 130.000000, 0
	// timeout, 2, 5010.000000, 1
	// http_503, 1, 240.000000, 0
}

func ExampleQuantiles() {
	show(frame.Quantiles(purchases(), "latency_ms", "attempts", .5))
	// Output:
	// attempts, rows, p50_latency_ms, missing_latency_ms, note
	// 1, 1, 12.500000, 0, few samples: p50
	// 2, 1, 130.000000, 0, few samples: p50
	// 3, 3, 240.000000, 1, few samples: p50
}

func ExampleJoin() {
	attempts := dataframe.New(
		series.New([]int{1, 1, 1, 2}, series.Int, "index"),
		series.New([]int{1, 2, 3, 1}, series.Int, "number"),
		series.New([]float64{0, 1000, 2000, 0}, series.Float, "wait_ms"),
	)
	show(frame.Join(purchases(), attempts))
	// Output:
	// index, reason, attempts, latency_ms, number, wait_ms
	// 1, timeout, 3, 5010.000000, 1, 0.000000
	// 1, timeout, 3, 5010.000000, 2, 1000.000000
	// 1, timeout, 3, 5010.000000, 3, 2000.000000
	// 2, http_503, 3, 240.000000, 1, 0.000000
}

func ExampleWriteCSV() {
	path := filepath.Join(os.TempDir(), "sagalab-example.csv")
	defer os.Remove(path)
	said, err := frame.WriteCSV(purchases().Subset([]int{0, 4}), path)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, _ := os.ReadFile(path)
	fmt.Println(said.Names(), said.Elem(0, 1), "rows")
	fmt.Print(string(text))
	// Output:
	// [file rows columns bytes] 2 rows
	// index,reason,attempts,latency_ms
	// 0,,1,12.5
	// 4,timeout,3,
}

func ExampleStageOperations() {
	df, err := frame.StageOperations([]runs.Stage{stage("light", 50, 1), stage("heavy", 50, 3)}, "stage", "index", "outcome", "reason", "latency_ms")
	if err != nil {
		fmt.Println(err)
		return
	}
	show(frame.Where(df, "outcome", frame.Not("ok")))
	// Output:
	// stage, index, outcome, reason, latency_ms
	// light, 49, failed, out_of_stock, 13.000000
	// heavy, 49, failed, out_of_stock, 39.000000
}
