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
	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// ErrNothingRan is wrapped by the error of Evidence when the run has no execution
// to audit.
var ErrNothingRan = errors.New("nothing ran since the fixture was applied")

// Evidence collects what an audit of the run needs: what ran since its baseline,
// what was sampled meanwhile, and the state, read once nothing is pending or settle
// has passed. sealed says that the caller itself ran all of it and that no other
// client used the service; then an order that the history does not explain was made
// by the service itself.
func CollectEvidence(ctx context.Context, c *purchase.Client, run runs.Run, settle time.Duration, sealed bool) (audit.Evidence, error) {
	baseline, err := LoadBaseline(run)
	if err != nil {
		return audit.Evidence{}, err
	}
	stages, err := run.Executions(baseline.FirstExecution)
	if err != nil {
		return audit.Evidence{}, err
	}
	if len(stages) == 0 {
		return audit.Evidence{}, fmt.Errorf("run %s: %w", run.ID, ErrNothingRan)
	}
	samples, err := readSamples(run, baseline.FirstExecution, len(stages))
	if err != nil {
		return audit.Evidence{}, err
	}
	after, err := ReadQuiescent(ctx, c, SubjectsOf(stages, baseline.Fixture), settle)
	if err != nil {
		return audit.Evidence{}, fmt.Errorf("reading the state of the service: %w", err)
	}
	foreign, err := ForeignFixtures(run, stages[0].Started)
	if err != nil {
		return audit.Evidence{}, err
	}
	if after != nil {
		stages = withUnrecorded(stages, after.Orders)
	}
	return audit.Evidence{
		Notes:  sentences(foreign),
		Stages: stages, Fixture: baseline.Fixture, Before: orNil(baseline.Before), After: orNil(after),
		Samples: samples, Sealed: sealed, Seed: describeSeeds(stages),
	}, nil
}

func sentences(foreign []ForeignFixture) (list []string) {
	for _, f := range foreign {
		list = append(list, f.String())
	}
	return list
}

// orNil returns s, nil when the service has none of the reading calls: then the
// answers alone are judged.
func orNil(s *audit.State) *audit.State {
	const calls = 4 // that State makes
	if s != nil && len(s.NotOffered) == calls {
		return nil
	}
	return s
}

// describeSeeds lists the seeds that reproduce the stages.
func describeSeeds(stages []runs.Stage) string {
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

// SaveSamples writes what was sampled during an execution into its directory.
func SaveSamples(dir string, samples []audit.Sample) error {
	b, err := json.Marshal(samples)
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, samplesFile), b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing the samples of %s: %w", filepath.Base(dir), err)
	}
	return nil
}

// readSamples reads what was sampled during n executions of the run, from the one
// with index from.
func readSamples(r runs.Run, from, n int) (all []audit.Sample, err error) {
	entries, err := r.Entries()
	if err != nil {
		return nil, err
	}
	for i := from; i < min(from+n, len(entries)); i++ {
		samples, err := readFirst(filepath.Join(entries[i].Dir, samplesFile), oldSamplesFile(r, i))
		if err != nil {
			return nil, fmt.Errorf("run %s: its samples cannot be read: %w", r.ID, err)
		}
		all = append(all, samples...)
	}
	return all, nil
}

// oldSamplesFile returns where older versions kept the samples of the run's n-th
// execution, from 0.
func oldSamplesFile(r runs.Run, n int) string {
	return filepath.Join(r.Dir(), fmt.Sprintf("samples-%d.json", n))
}

// readFirst reads the first of the files that exists; without any the execution was
// not sampled.
func readFirst(files ...string) (samples []audit.Sample, err error) {
	for _, file := range files {
		b, err := osfile.ReadRegular(file)
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
