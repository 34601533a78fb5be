package history

import (
	"cmp"
	"fmt"

	"sagalab/pkg/runs"
)

// checkTimes finds out whether times can be compared and whether attempts may be
// missing.
func (h *History) checkTimes() {
	ends := make([]int64, len(h.Stages))
	starts := make([]int64, len(h.Stages))
	for i := range starts {
		starts[i] = Forever
	}
	for i := range h.All {
		t := &h.All[i]
		starts[t.Stage] = min(starts[t.Stage], t.Start)
		ends[t.Stage] = max(ends[t.Stage], t.End)
	}
	h.checkComplete()
	before := None
	for i := range h.Stages {
		s := &h.Stages[i]
		if starts[i] == Forever {
			continue
		}
		if before != None && starts[i] < ends[before] && h.TimesUnusable == "" {
			h.TimesUnusable = fmt.Sprintf("stage %s begins before stage %s, which is said to come before it, has ended: the clock was set in between, or the stages are not in the order of execution", s.Stage, h.Stages[before].Stage)
		}
		if before == None || ends[i] > ends[before] {
			before = i
		}
	}
	if h.impossibleTimes > 0 {
		h.TimesUnusable = Counted(h.impossibleTimes, "attempt has", "attempts have") + " an impossible start or latency"
	}
}

// checkComplete sets Incomplete for the first stage whose rows are fewer than what
// it sent.
func (h *History) checkComplete() {
	for i := range h.Stages {
		s := &h.Stages[i]
		sent := s.Requests
		if s.Report != nil { // a dropped arrival was not sent
			sent = s.Report.Started
		}
		if lost := s.Lost(); lost > 0 {
			h.Incomplete = fmt.Sprintf("stage %s lost %s with a worker, which may have been sent", s.Stage, Counted(lost, "operation", "operations"))
			return
		}
		if n := len(s.Operations); s.State != runs.Complete || n < sent {
			h.Incomplete = fmt.Sprintf("stage %s recorded %d of %d operations (%s), and purchases that are not recorded may have been sent", s.Stage, n, sent, cmp.Or(s.State, "(none)"))
			return
		}
		if n := h.attemptsMissing(s); n > 0 {
			h.Incomplete = fmt.Sprintf("stage %s lacks the record of %s", s.Stage, Counted(n, "attempt", "attempts"))
			return
		}
	}
}

// attemptsMissing returns how many attempts a stage's operations count beyond those
// recorded.
func (h *History) attemptsMissing(s *runs.Stage) int {
	n := Sum{}
	for i := range s.Attempts {
		if s.Attempts[i].IsAttempt() {
			n.Add(-1)
		}
	}
	for i := range s.Operations {
		n.Add(max(0, s.Operations[i].Attempts))
	}
	if len(s.Attempts) == 0 {
		n.Value = max(0, n.Value-int64(len(s.Operations))) // without attempts each operation stands for one
	}
	return int(max(0, n.Value))
}
