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

// ErrNothingRan is wrapped by the error of CollectEvidence when the run has no execution
// to audit.
var ErrNothingRan = errors.New("nothing ran since the fixture was applied")

// CollectEvidence collects what an audit of the run needs: what ran since its baseline,
// what was sampled meanwhile, the state once the service is quiet or settle has passed
// (ReadQuiescent), up to 100 of its orders one by one, and what was asked again earlier
// (AskAgain). sole says that no other
// client used the service since the baseline, as when this program started it; the
// evidence is sealed then, unless another run of the same directory was sending to the
// service meanwhile, or a fixture was applied by one, which its notes say.
func CollectEvidence(ctx context.Context, c *purchase.Client, run runs.Run, settle time.Duration, sole bool) (audit.Evidence, error) {
	baseline, err := LoadBaseline(run)
	if err != nil {
		return audit.Evidence{}, err
	}
	e, err := readRecorded(run, baseline)
	if err != nil {
		return audit.Evidence{}, err
	}
	foreign, err := ForeignFixtures(run, e.Stages[0].Started)
	if err != nil {
		return audit.Evidence{}, err
	}
	stages := e.Stages
	if len(foreign) > 0 { // orders were dropped: they are not waited for
		stages = nil
	}
	after, err := ReadQuiescent(ctx, c, SubjectsOf(e.Stages, baseline.Fixture).With(baseline.subjects()), stages, e.Before, settle)
	if err != nil {
		return audit.Evidence{}, fmt.Errorf("reading the state of the service: %w", err)
	}
	for _, f := range foreign {
		e.Notes = append(e.Notes, f.String())
		after.Unsettled = f.String()
	}
	if after.Unsettled == "" {
		after.Unsettled = resetSince(e.Before, after)
	}
	singles, err := readSingleOrders(ctx, c, after, stages, singlesCertain(&e, after, settle))
	if err != nil {
		return audit.Evidence{}, fmt.Errorf("reading single orders: %w", err)
	}
	e.Samples = append(e.Samples, singles...)
	e.After = orNil(after)
	if e.After != nil {
		e.Stages = withUnrecorded(e.Stages, after.Orders)
	}
	addOthers(&e, run, c.Endpoint().String(), sole && len(foreign) == 0)
	return e, nil
}

// readRecorded returns the evidence that is in the run, without the state after it.
func readRecorded(run runs.Run, baseline Baseline) (e audit.Evidence, err error) {
	if e.Stages, err = run.Executions(baseline.FirstExecution); err != nil {
		return e, err
	}
	if len(e.Stages) == 0 {
		return e, fmt.Errorf("run %s: %w", run.ID, ErrNothingRan)
	}
	var damaged []string
	if e.Samples, damaged, err = readSamples(run, baseline.FirstExecution, len(e.Stages)); err != nil {
		return e, err
	}
	if e.Notes = append(e.Notes, damaged...); len(damaged) > 0 {
		e.SamplesDamaged = damaged[0]
	}
	if e.AskedAgain, err = readAskedAgain(run, e.Stages[0].Started); err != nil {
		return e, err
	}
	e.Fixture, e.Before, e.Seed = baseline.Fixture, orNil(baseline.Before), describeSeeds(e.Stages)
	return e, nil
}

// resetSince returns why a state cannot have followed the one before the run, "" when it
// can.
func resetSince(before, after *audit.State) string {
	if before == nil || len(before.Orders) == 0 {
		return ""
	}
	if why, _ := after.Unusable(audit.OrdersCall); why != "" {
		return ""
	}
	ids, _ := shownOrders(after.Orders)
	for i := range before.Orders {
		if ids.has(hashOf(before.Orders[i].OrderID)) {
			return ""
		}
	}
	return fmt.Sprintf("none of the %d orders that were read before the run is in the state: the service was reset since", len(before.Orders))
}

// orNil returns s, nil when the service has none of the reading calls: then the
// answers alone are judged.
func orNil(s *audit.State) *audit.State {
	if s != nil && offersNothing(s) {
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
// with index from. Files that cannot be read are left out; damaged has a sentence on each.
func readSamples(r runs.Run, from, n int) (all []audit.Sample, damaged []string, err error) {
	entries, err := r.Entries()
	if err != nil {
		return nil, nil, err
	}
	for i := from; i < min(from+n, len(entries)); i++ {
		samples, file, err := readFirst(filepath.Join(entries[i].Dir, samplesFile), oldSamplesFile(r, i))
		if err != nil {
			if inRun, outside := filepath.Rel(r.Dir(), file); outside == nil {
				file = filepath.ToSlash(inRun)
			}
			damaged = append(damaged, fmt.Sprintf("what was read of the service during stage %s is not judged: %s cannot be read: %v", entries[i].Stage, file, err))
			continue
		}
		all = append(all, samples...)
	}
	return all, damaged, nil
}

// oldSamplesFile returns where older versions kept the samples of the run's n-th
// execution, from 0.
func oldSamplesFile(r runs.Run, n int) string {
	return filepath.Join(r.Dir(), fmt.Sprintf("samples-%d.json", n))
}

// readFirst reads the first of the files that exists, and says which; without any the
// execution was not sampled.
func readFirst(files ...string) (samples []audit.Sample, file string, err error) {
	for _, file := range files {
		b, err := osfile.ReadRegular(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = json.Unmarshal(b, &samples)
		}
		return samples, file, err
	}
	return nil, "", nil
}
