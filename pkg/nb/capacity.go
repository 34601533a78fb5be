package nb

import (
	"context"
	"errors"
	"slices"
	"time"

	"sagalab/pkg/frame"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/internal/threshold"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// CapacitySearch looks for the highest arrival rate at which all thresholds hold, by
// bisection between two rates.
type CapacitySearch struct {
	Name        string
	From, To    float64       // arrivals per second
	Probe       time.Duration // how long each rate is held
	Precision   float64       // the gap that ends the search, as a share; 0 means 0.1
	Thresholds  []string
	Order       purchase.Buyers // as in Lab.Stage
	Poisson     bool
	MaxInFlight int
}

// Capacity runs the search, each probe as a stage of its own, and shows what the
// probes found.
func (l Lab) Capacity(s CapacitySearch) { exitOnError(l.capacity(s)) }

func (l Lab) capacity(s CapacitySearch) error {
	judges, err := threshold.ParseAll(s.Thresholds, nil)
	search := runner.Search{
		Name: s.Name, From: s.From, To: s.To, Probe: s.Probe, Precision: s.Precision,
		Thresholds: judges, Buyers: s.Order, Poisson: s.Poisson, MaxInFlight: s.MaxInFlight,
	}
	if err := errors.Join(search.Validate(), err); err != nil {
		return err
	}
	return l.withCurrentRun(s.Name, s.Order, 0, func(ctx context.Context, run runs.Run, to runner.Target) error {
		view := newLiveView()
		found, err := search.Run(ctx, run, to, view.show)
		view.end()
		if showErr := showProbes(run, found); err != nil || showErr != nil {
			return errors.Join(err, showErr)
		}
		printf("%s\n", sentence(found.String()))
		return nil
	})
}

// showProbes shows what is on disk of the probes.
func showProbes(run runs.Run, found runner.Capacity) error {
	stages, err := run.OpenStages()
	if err != nil || len(found.Probes) == 0 {
		return err
	}
	var probes []runs.Stage
	for _, p := range found.Probes {
		at := slices.IndexFunc(stages, func(s runs.Stage) bool { return s.Stage == p.Stage })
		probes = append(probes, stages[at])
	}
	Table(frame.Probes(probes))
	return nil
}
