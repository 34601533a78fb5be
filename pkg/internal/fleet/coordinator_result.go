package fleet

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// result returns how the whole load was executed.
func (c *coordinator) result() runner.SourceResult {
	e := runner.SourceResult{Start: c.start}
	for _, p := range c.partitions {
		s := c.partitionResult(p)
		e.Shares = append(e.Shares, s)
		e.Planned, e.Started, e.Dropped = e.Planned+s.Planned, e.Started+s.Started, e.Dropped+s.Dropped
		e.Elapsed = max(e.Elapsed, p.progress.Delay+p.progress.Elapsed)
		if s.Report != nil {
			e.Cap += s.Report.Cap
			e.Machine = combineMachines(e.Machine, s.Report.Machine)
		}
	}
	if c.stage.Open() {
		e.Lag = load.Lag{P50: c.lag.Quantile(.5), P99: c.lag.Quantile(.99), Max: c.lag.Max()}
	}
	e.Warnings = c.warnings(e.Shares)
	return e
}

// partitionResult returns what the run keeps of a partition.
func (c *coordinator) partitionResult(p *partitionState) runs.WorkerResult {
	s := runs.WorkerResult{
		Partition: p.Partition, Worker: p.name, Host: p.host, Planned: p.planned,
		Started: p.progress.Started, Dropped: p.progress.Dropped, Recorded: p.recorded,
		ClockOffset: p.progress.Offset, ClockError: p.progress.Error + c.clock.bound, Delay: p.progress.Delay, Report: p.progress.Report, Detail: cmp.Or(p.detail, p.progress.Failure),
	}
	expected := s.Planned - s.Dropped
	if s.Planned == 0 || c.stopped && p.over() && p.phase != "lost" {
		expected = s.Started // operations that had not begun when the load was stopped are not lost
	}
	s.Lost = max(0, expected-s.Recorded)
	return s
}

// combineMachines describes the machines of all workers as one: processor time and cores
// are summed, pauses and clock steps are those of the worst.
func combineMachines(a, b load.Machine) load.Machine {
	a.Quota += b.Allowed()
	a.CPU, a.Cores, a.GCTotal = a.CPU+b.CPU, a.Cores+b.Cores, a.GCTotal+b.GCTotal
	a.GCMax, a.Waited = max(a.GCMax, b.GCMax), max(a.Waited, b.Waited)
	if b.ClockStep.Abs() > a.ClockStep.Abs() {
		a.ClockStep = b.ClockStep
	}
	return a
}

// warningsMax bounds how many of the workers' warnings are repeated.
const warningsMax = 6

// warnings returns the workers' warnings and those about clocks and the start.
func (c *coordinator) warnings(shares []runs.WorkerResult) (list []string) {
	var clock, delay time.Duration
	more := 0
	for _, s := range shares {
		clock, delay = max(clock, s.ClockError), max(delay, s.Delay)
		if s.Report == nil {
			continue
		}
		for _, w := range s.Report.Warnings() {
			if len(list) == warningsMax {
				more++
				continue
			}
			list = append(list, fmt.Sprintf("Worker %s: %s", s.Worker, w))
		}
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("Workers have %d more warnings.", more))
	}
	if clock > load.MaxLag {
		list = append(list, fmt.Sprintf("Times of different workers are comparable to within %v only, because the database took so long to answer. Run it closer to the workers.", clock.Round(time.Microsecond)))
	}
	if delay > 10*load.MaxLag {
		list = append(list, fmt.Sprintf("The last worker began %v after the common start.", delay.Round(time.Millisecond)))
	}
	return list
}

// lostError returns a *runner.LostError that names the workers whose records are missing,
// nil when none are.
func (c *coordinator) lostError() error {
	var names []string
	lost := 0
	for _, p := range c.partitions {
		s := c.partitionResult(p)
		if s.Lost == 0 && p.phase != "lost" {
			continue
		}
		lost += s.Lost
		measured := new(load.Histogram)
		_ = measured.UnmarshalBinary(p.progress.Latency) // a damaged histogram counts as empty
		text := fmt.Sprintf("worker %s on %s: %s, %d of its %d operations are lost", s.Worker, s.Host, cmp.Or(s.Detail, "it did not upload its records"), s.Lost, max(s.Planned, s.Started))
		if n := measured.Count() - s.Recorded; n > 0 {
			text += fmt.Sprintf(", of which %d had ended", n)
		}
		names = append(names, text)
	}
	if len(names) == 0 {
		return nil
	}
	return &runner.LostError{Lost: lost, Text: strings.Join(names, "; ") + "; all else is recorded and kept, and nothing was sent twice"}
}
