package runs_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"sagalab/pkg/runs"
)

// examples is a store with two runs that were recorded from the command line.
var examples = runs.Store{Dir: filepath.Join("testdata", "versions", "1", "runs")}

// List the runs of a store and what was executed in each.
func ExampleStore_List() {
	list, err := examples.List()
	if err != nil {
		log.Fatal(err)
	}
	for _, run := range list {
		entries, err := run.Entries()
		if err != nil {
			log.Fatal(err)
		}
		for _, e := range entries {
			fmt.Printf("%s  %s, %s\n", run.ID, e.Load, e.State)
		}
	}
	// Output:
	// 20261126-193631  light:12x3, complete
	// 20261126-193631  open:40/s@500ms, complete
	// 20261126-193632  killed:open:30/s@10s, interrupted
}

// Read the rows of a stage: here, the operations that needed a second attempt.
func ExampleRun_Stages() {
	run, err := examples.Find("last~1")
	if err != nil {
		log.Fatal(err)
	}
	stages, err := run.Stages()
	if err != nil {
		log.Fatal(err)
	}
	open := stages[1]
	fmt.Println(open.Stage, "had", len(open.Operations), "operations and", len(open.Attempts), "attempts")
	for _, a := range open.Attempts {
		if a.Number == 2 {
			fmt.Printf("operation %d was retried after %.0f ms, with status %d\n", a.Index, a.PlannedWaitMS, a.Status)
		}
	}
	// Output:
	// open had 20 operations and 24 attempts
	// operation 0 was retried after 10 ms, with status 200
	// operation 1 was retried after 10 ms, with status 200
	// operation 6 was retried after 10 ms, with status 0
}

// Summarize the stages of a run without reading all of their rows into memory.
func ExampleRun_Overviews() {
	run, err := examples.Find("20261126-193631")
	if err != nil {
		log.Fatal(err)
	}
	overviews, err := run.Overviews()
	if err != nil {
		log.Fatal(err)
	}
	for _, o := range overviews {
		fmt.Printf("%s: %d of %d succeeded, p50 %.1f ms\n", o.Info.Stage, o.Summary.Success, o.Summary.Requests, o.Summary.P50)
		for _, r := range o.Reasons {
			fmt.Printf("  %d failed with %s\n", r.Count, r.Name)
		}
	}
	// Output:
	// light: 10 of 12 succeeded, p50 6.0 ms
	//   2 failed with eof
	// open: 19 of 20 succeeded, p50 2.2 ms
	//   1 failed with eof
}

// Record a stage of one operation.
func ExampleRun_Begin() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	store := runs.Store{Dir: dir}
	run, err := store.Create("example", "http://127.0.0.1:8000")
	if err != nil {
		log.Fatal(err)
	}
	w, err := run.Begin(runs.Info{Stage: "one", Kind: runs.Load, API: run.API, Load: "one:1x1", Requests: 1})
	if err != nil {
		log.Fatal(err)
	}
	record := runs.Record{
		Operation: runs.Operation{Stage: "one", Attempts: 1, Success: true, LatencyMS: 12.5, Status: 201},
		Attempts:  []runs.Attempt{{Stage: "one", Number: 1, Kind: "original", LatencyMS: 12.5, Status: 201, Sent: true}},
	}
	if err := w.Append([]runs.Record{record}); err != nil {
		log.Fatal(err)
	}
	if err := w.Finish(runs.Complete, ""); err != nil {
		log.Fatal(err)
	}
	overview, err := w.Overview()
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(overview.Info.State, overview.Summary.Success, "of", overview.Summary.Requests)
	// Output: complete 1 of 1
}

// Rows are read wherever they are: in memory, or column by column from the disk.
func ExampleStage_EachOperation() {
	s := runs.Stage{Operations: []runs.Operation{{LatencyMS: 12, Success: true}, {LatencyMS: 950}, {LatencyMS: 1200, Success: true}}}
	slow := 0
	for o := range s.EachOperation("latency_ms", "success") {
		if o.Success && o.LatencyMS > 1000 {
			slow++
		}
	}
	fmt.Println(slow, "of", s.OperationCount(), "succeeded after more than a second")
	// Output: 1 of 3 succeeded after more than a second
}
