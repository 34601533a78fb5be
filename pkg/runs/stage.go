package runs

import "time"

// Stage is one executed stage with its rows, operations by Index and attempts
// by Index and Number.
type Stage struct {
	Info
	Operations []Operation
	Attempts   []Attempt
}

// Named is the stage under another name, for figures and tables of several runs.
func (s Stage) Named(name string) Stage {
	s.Stage = name
	return s
}

// Wall is how long the stage took, from its start to the last recorded end; 0
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

// ByWorker is a fleet's stage as one stage for each worker, named by it, so that
// figures and tables compare them. Users are dealt out by their numbers
// (load.Share).
func (s Stage) ByWorker() []Stage {
	list := make([]Stage, len(s.Shares))
	of := map[int64]int{} // share by operation
	for n, h := range s.Shares {
		list[n] = s.Named(h.Worker)
		list[n].Operations, list[n].Attempts = nil, nil
		list[n].Requests, list[n].Workers = h.Planned, 0
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
