package compare

import (
	"fmt"

	"sagalab/pkg/load"
	"sagalab/pkg/runs"
)

// sideWarnings says in sentences why the figures of one of the stages may mislead.
func sideWarnings(name string, s runs.Stage, x sample) (list []string) {
	list = stageWarnings(name, s)
	if n := float64(s.OperationCount()); n > 0 && n < minBlocks*x.inFlight {
		list = append(list, fmt.Sprintf("%s has %.1f times as many requests as the %.0f in flight at once, whose latencies depend on one another: its intervals may be too narrow; %.0f requests would be enough",
			name, n/x.inFlight, x.inFlight, minBlocks*x.inFlight))
	}
	if x.uncertainty > 0 {
		list = append(list, fmt.Sprintf("%s: latencies were observed by polls, and may be less by up to %s ms: a difference below that may be the polls'", name, load.FormatNumber(x.uncertainty)))
	}
	return list
}

// stageWarnings warns of a stage that was not completed or did not keep to its schedule.
func stageWarnings(name string, s runs.Stage) (list []string) {
	if s.State != runs.Complete && s.State != "" {
		list = append(list, fmt.Sprintf("%s is %s: %d of %d operations ended, the others are in no figure", name, s.State, s.OperationCount(), s.Requests))
	}
	if n := s.Dropped(); n > 0 {
		list = append(list, fmt.Sprintf("%s dropped %d arrivals that could not start: they are in no figure, and would have been the slowest", name, n))
	}
	for _, note := range s.Doubts() {
		list = append(list, fmt.Sprintf("%s: %s, and its figures contain it (`sagalab runs show` says more)", name, note))
	}
	for _, note := range runs.FaultNotes(s.FaultWindows) {
		list = append(list, fmt.Sprintf("%s ran with planned faults that took no effect: %s", name, note))
	}
	return list
}

// mixedOutcomes warns when latencies of the two sides are of different mixes of outcomes.
func (c Comparison) mixedOutcomes() []string {
	if v, _ := c.Change(ErrorRatio); v.Verdict == Better || v.Verdict == Worse {
		return []string{"latencies are of all operations, failed ones too, and the error ratios differ: a service that fails at once is fast"}
	}
	return nil
}
