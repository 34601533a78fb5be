package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// ErrNothingRan is what the error of Evidence is when the run has no execution
// to judge.
var ErrNothingRan = errors.New("nothing ran since the scene was set")

// Evidence is everything that an audit of the run needs: what ran since its
// ground, what was sampled meanwhile, and the state, read once nothing is pending
// or bound has passed. now says that the caller itself ran all of it and that
// nobody else used the service; then an order that the history does not explain
// is the service's invention.
func Evidence(ctx context.Context, c *purchase.Client, run runs.Run, bound time.Duration, now bool) (audit.Evidence, error) {
	ground, err := GroundOf(run)
	if err != nil {
		return audit.Evidence{}, err
	}
	stages, err := run.Executions(ground.After)
	if err != nil {
		return audit.Evidence{}, err
	}
	if len(stages) == 0 {
		return audit.Evidence{}, fmt.Errorf("run %s: %w", run.ID, ErrNothingRan)
	}
	samples, err := readSamples(run, ground.After, len(stages))
	if err != nil {
		return audit.Evidence{}, err
	}
	after, err := Quiescent(ctx, c, SubjectsOf(stages, ground.Scene), bound)
	if err != nil {
		return audit.Evidence{}, fmt.Errorf("reading the state of the service: %w", err)
	}
	return audit.Evidence{
		Stages: stages, Scene: ground.Scene, Before: shown(ground.Before), After: shown(after),
		Samples: samples, Sealed: now, Seed: seeds(stages),
	}, nil
}

// shown is s, nil when the service has none of the reading calls: then the
// answers alone are judged.
func shown(s *audit.State) *audit.State {
	const calls = 4 // that State makes
	if s != nil && len(s.NotOffered) == calls {
		return nil
	}
	return s
}

// seeds is what reproduces the stages, in words.
func seeds(stages []runs.Stage) string {
	var words []string
	for _, s := range stages {
		if s.Kind == runs.Load {
			words = append(words, fmt.Sprintf("%d (stage %s)", s.Seed, s.Stage))
		}
	}
	return strings.Join(words, ", ")
}

// samplesFile is the name of the samples' file in the directory of an execution.
const samplesFile = "samples.json"

// SaveSamples keeps what was sampled during an execution in its directory.
func SaveSamples(dir string, samples []audit.Sample) error {
	b, err := json.Marshal(samples)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, samplesFile), b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("keeping the samples of %s: %w", filepath.Base(dir), err)
	}
	return nil
}

// readSamples reads what was sampled during n executions of the run, the first of
// them having the index from.
func readSamples(r runs.Run, from, n int) (all []audit.Sample, err error) {
	entries, err := r.Entries()
	if err != nil {
		return nil, err
	}
	for i := from; i < min(from+n, len(entries)); i++ {
		samples, err := samplesOf(filepath.Join(entries[i].Dir, samplesFile), oldSamplesFile(r, i))
		if err != nil {
			return nil, fmt.Errorf("run %s: its samples cannot be read: %w", r.ID, err)
		}
		all = append(all, samples...)
	}
	return all, nil
}

// oldSamplesFile is where older versions kept the samples of the run's n-th
// execution, from 0.
func oldSamplesFile(r runs.Run, n int) string {
	return filepath.Join(r.Dir(), fmt.Sprintf("samples-%d.json", n))
}

// samplesOf reads the first of the files that exists; an execution without one was
// not sampled.
func samplesOf(files ...string) (samples []audit.Sample, err error) {
	for _, file := range files {
		b, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(b, &samples)
		}
		return samples, err
	}
	return nil, nil
}
