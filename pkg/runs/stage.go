package runs

import "time"

// Stage is one executed stage with its rows: Operations sorted by Index, Attempts by
// Index and Number.
type Stage struct {
	Info
	Operations []Operation
	Attempts   []Attempt
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
	for _, op := range s.Operations {
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
// worker, so that figures and tables compare them; nil when one process sent the
// load. A virtual user belongs to the worker of its number modulo the number of
// workers (load.Partition).
func (s Stage) ByWorker() []Stage {
	list := make([]Stage, len(s.WorkerResults))
	of := map[int64]int{} // the worker of each operation
	for n, h := range s.WorkerResults {
		list[n] = s.Named(h.Worker)
		list[n].Operations, list[n].Attempts = nil, nil
		list[n].Requests, list[n].VUs = h.Planned, 0
	}
	if len(list) == 0 {
		return nil
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
