package load

// Workload is a stage, or the partition of one that this process runs, that has
// been validated. Make one with NewWorkload; the zero value is not valid. It does
// not change, and may be used from several goroutines.
type Workload struct {
	stage     Stage
	partition Partition
}

// NewWorkload validates s and the partition of it; the zero partition is the whole
// stage. The error reports everything that is wrong with s or, if s is valid, why
// it has no such partition.
func NewWorkload(s Stage, partition Partition) (Workload, error) {
	if err := s.Validate(); err != nil {
		return Workload{}, err
	}
	if err := partition.Validate(s); err != nil {
		return Workload{}, err
	}
	return Workload{s, partition}, nil
}

// Stage returns the stage that w is, or is a partition of.
func (w Workload) Stage() Stage { return w.stage }

// Partition returns the part of the stage that w is.
func (w Workload) Partition() Partition { return w.partition }

// Connections returns how many operations of w are under way at once at most, and
// so how many connections it needs.
func (w Workload) Connections() int { return w.partition.Connections(w.stage) }
