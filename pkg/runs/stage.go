package runs

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"sagalab/pkg/load"
)

// Stage is one executed stage with its rows. These are in memory, Operations sorted by
// Index, Attempts by Index and Number; or, of a large stage (Run.OpenStages), they stay
// on disk and both fields are nil (OnDisk). EachOperation and EachAttempt read rows wherever
// they are.
type Stage struct {
	Info
	Operations []Operation
	Attempts   []Attempt

	stored *storedRows // nil when the rows are in memory
}

// Named returns the stage under another name, for figures and tables that show
// several runs.
func (s Stage) Named(name string) Stage {
	s.Stage = name
	return s
}

// Wall returns the time from the stage's start to the end of its last operation, 0
// without operations.
func (s Stage) Wall() time.Duration {
	var last time.Time
	for op := range s.EachOperation("end_ts") {
		if op.EndTS.After(last) {
			last = op.EndTS
		}
	}
	if last.IsZero() {
		return 0
	}
	return last.Sub(s.Started)
}

// ByWorker divides a fleet's stage into one stage for each worker, named after the
// worker and ordered by that name, local-2 before local-10, so that figures and tables
// compare them; nil when one process sent the load. The WorkerResults and the Report of
// each are the worker's own. A virtual user belongs to the worker of its number modulo the
// number of workers (load.Partition).
func (s Stage) ByWorker() []Stage {
	list := s.partitions()
	slices.SortStableFunc(list, func(a, b Stage) int { return compareNames(a.Stage, b.Stage) })
	return list
}

// partitions returns what ByWorker does by the workers' numbers.
func (s Stage) partitions() []Stage {
	list := make([]Stage, len(s.WorkerResults))
	of := map[int64]int{} // the worker of each operation
	for n, h := range s.WorkerResults {
		list[n] = s.ofWorker(h)
	}
	switch {
	case len(list) == 0:
		return nil
	case s.stored != nil && s.stored.workers > 0: // one worker's already
		for n := range list {
			list[n].stored = nil
		}
		list[s.stored.worker%len(list)].stored = s.stored
		return list
	case s.stored != nil:
		owners := sync.OnceValue(func() operationOwners { return ownersOf(s.stored, len(list)) })
		for n := range list {
			part := *s.stored
			part.worker, part.workers, part.owners = n, len(list), owners
			list[n].stored = &part
		}
		return list
	}
	for _, op := range s.Operations {
		n := int(op.VirtualUser) % len(list)
		of[op.Index] = n
		list[n].Operations = append(list[n].Operations, op)
	}
	for _, a := range s.Attempts {
		n := of[a.Index]
		list[n].Attempts = append(list[n].Attempts, a)
	}
	return list
}

// ofWorker returns the stage as a worker's, without its rows.
func (s Stage) ofWorker(h WorkerResult) Stage {
	part := s.Named(h.Worker)
	part.Operations, part.Attempts = nil, nil
	part.Requests, part.VUs = h.Planned, 0
	part.WorkerResults = []WorkerResult{h}
	if part.Report = h.Report; h.Report == nil {
		part.Report = &load.Report{Started: h.Started, Dropped: h.Dropped}
	}
	return part
}

// compareNames orders names by their text, and those that differ in the number at their end
// alone by that.
func compareNames(a, b string) int {
	textA, textB := strings.TrimRight(a, "0123456789"), strings.TrimRight(b, "0123456789")
	if textA != textB {
		return cmp.Compare(a, b)
	}
	a, b = strings.TrimLeft(a[len(textA):], "0"), strings.TrimLeft(b[len(textB):], "0")
	return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b))
}
