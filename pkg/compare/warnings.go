package compare

import (
	"fmt"

	"sagalab/pkg/runs"
)

// warnings is what not to rely on in one of the stages compared.
func warnings(name string, s runs.Stage, x sample) (list []string) {
	list = unfinished(name, s)
	if n := float64(len(s.Operations)); n > 0 && n < leastBlocks*x.together {
		list = append(list, fmt.Sprintf("%s is %.1f rounds of the %.0f requests under way together, which share what befalls them: its intervals may be too narrow; %.0f requests would do",
			name, n/x.together, x.together, leastBlocks*x.together))
	}
	return list
}

// unfinished warns of a stage that was not completed or not kept to its schedule.
func unfinished(name string, s runs.Stage) (list []string) {
	if s.State != runs.Complete && s.State != "" {
		list = append(list, fmt.Sprintf("%s is %s: %d of %d operations ended, the others are in no figure", name, s.State, len(s.Operations), s.Requests))
	}
	if n := s.Dropped(); n > 0 {
		list = append(list, fmt.Sprintf("%s dropped %d arrivals that could not start: they are in no figure, and would have been the slowest", name, n))
	}
	for _, note := range s.Doubts() {
		list = append(list, fmt.Sprintf("%s: %s, and its figures contain it (`sagalab runs show` says more)", name, note))
	}
	for _, note := range runs.FaultNotes(s.FaultWindows) {
		list = append(list, fmt.Sprintf("%s was not put to the test that its plan of faults asks for: %s", name, note))
	}
	return list
}

// mixed warns of latencies that are not of the same kind of operations.
func (c Comparison) mixed() []string {
	if v, _ := c.Change(ErrorRatio); v.Verdict == Better || v.Verdict == Worse {
		return []string{"latencies are of all operations, failed ones too, and the shares of failures differ: a service that fails at once is fast"}
	}
	return nil
}
