package compare

import (
	"sagalab/pkg/runs"
)

// Side describes one of the stages compared.
type Side struct {
	// Run is the run's id, "" when it is not known.
	Run   string `json:"run,omitempty"`
	Stage string `json:"stage"`
	State string `json:"state"`
	// Operations is how many ended, Planned how many the stage was to run.
	Operations int `json:"operations"`
	Planned    int `json:"asked"`
	// Dropped arrivals could not start and are in no figure.
	Dropped int     `json:"dropped,omitempty"`
	Seconds float64 `json:"seconds"`
	// Blocks is how many blocks the intervals rest on.
	Blocks int `json:"blocks"`
	// Repeats is how often the stage was executed, 0 for once; the counts are sums over
	// all executions, and Run has their ids, separated by commas.
	Repeats int `json:"repeats,omitempty"`
	// Notes are runs.Stage.Notes without those on percentiles: reasons to doubt all of its
	// figures.
	Notes []string `json:"notes,omitempty"`
}

// Comparison is what changed from stage A to stage B.
type Comparison struct {
	A          Side    `json:"a"`
	B          Side    `json:"b"`
	Confidence float64 `json:"confidence"`
	// Changes has every metric, in the order of Metrics.
	Changes []Change `json:"changes"`
	// Differences are the settings that differ, intentionally (a policy that is to be
	// compared) or not.
	Differences []Difference `json:"differences,omitempty"`
	// Warnings are sentences on why the figures may mislead.
	Warnings []string `json:"warnings,omitempty"`
}

func sideOf(s runs.Stage, x sample) Side {
	return Side{Stage: s.Stage, State: s.State, Operations: s.OperationCount(), Planned: s.Requests, Dropped: s.Dropped(), Seconds: x.wall.Seconds(), Blocks: x.blocks, Notes: s.Notes(false)}
}

// Notes returns the notes of both sides, "A: client was the bottleneck", nil without any.
func (c Comparison) Notes() (notes []string) {
	for _, note := range c.A.Notes {
		notes = append(notes, "A: "+note)
	}
	for _, note := range c.B.Notes {
		notes = append(notes, "B: "+note)
	}
	return notes
}

// Change returns the change of a metric; false when m is not a metric.
func (c Comparison) Change(m Metric) (Change, bool) {
	for _, v := range c.Changes {
		if v.Metric == m {
			return v, true
		}
	}
	return Change{}, false
}
