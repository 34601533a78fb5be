package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// sagalabTool is `sagalab load`, with all of its rows on disk.
func sagalabTool(path string) tool {
	return tool{
		name: Sagalab, open: true,
		command: func(j job) (program, error) {
			stage := fmt.Sprintf("bench:%dx%d", j.requests, j.vus)
			if j.rate > 0 {
				stage = fmt.Sprintf("bench:%d/s@%s", j.rate, j.span)
			}
			return program{
				path: path,
				// short waits: backoff is not what is measured
				args: []string{"load", "--api", strings.TrimSuffix(j.url, "/purchase"), "--stage", stage, "--waits", "1ms"},
				env:  []string{"SAGALAB_RUNS=" + filepath.Join(j.dir, "runs"), "SAGALAB_AUTHORIZATION="},
			}, nil
		},
		parse: func(_ context.Context, j job, _ string) (toolReport, error) {
			s, dir, err := storedStage(filepath.Join(j.dir, "runs"))
			if err != nil {
				return toolReport{}, err
			}
			r := reportOf(s, j.planned())
			r.Work, err = timeToDisk(s, dir)
			return r, err
		},
	}
}

// storedStage is the one stage of the one run in a store, and the run's
// directory.
func storedStage(dir string) (s runs.Stage, run string, err error) {
	list, err := runs.Store{Dir: dir}.List()
	if err != nil {
		return s, "", err
	}
	if len(list) != 1 {
		return s, "", fmt.Errorf("%d runs in %s, want 1", len(list), dir)
	}
	stages, err := list[0].Stages()
	if err != nil {
		return s, "", err
	}
	if len(stages) != 1 {
		return s, "", fmt.Errorf("%d stages in run %s, want 1", len(stages), list[0].ID)
	}
	if stages[0].State != runs.Complete {
		return s, "", errors.New("the stage is " + stages[0].State + ": " + stages[0].Detail)
	}
	return stages[0], list[0].Dir(), nil
}

// timeToDisk returns how long a stage took from its start until all of its rows were
// on disk: its state is written last.
func timeToDisk(s runs.Stage, run string) (time.Duration, error) {
	files, err := filepath.Glob(filepath.Join(run, "*", "stage.json"))
	if err != nil {
		return 0, err
	}
	if len(files) != 1 {
		return 0, fmt.Errorf("%d files stage.json in %s, want 1", len(files), run)
	}
	info, err := os.Stat(files[0])
	if err != nil {
		return 0, err
	}
	return info.ModTime().Sub(s.Started), nil
}

// reportOf computes a report from the rows on disk: requests are the attempts that were sent, latency counts from the scheduled start, and
// dropped is how many of the planned purchases never started, or what the stage reports as dropped when that is more.
func reportOf(s runs.Stage, planned int) toolReport {
	r := noReport()
	r.Requests, r.Failed = 0, 0
	for _, a := range s.Attempts {
		if a.Sent {
			r.Requests++
			if a.Status != 201 {
				r.Failed++
			}
		}
	}
	var latencies []float64
	for _, o := range s.Operations {
		if o.Attempts > 0 {
			latencies = append(latencies, o.LatencyMS)
		}
	}
	r.Dropped = max(planned-len(latencies), s.Dropped(), 0)
	latencies = load.Sorted(latencies)
	for _, q := range quantiles {
		r.Latencies[q] = load.Quantile(latencies, q/100)
	}
	return r
}
