package history

import "sagalab/pkg/runs"

// None is the index of nothing.
const None = -1

// History is the recorded rows of all stages, grouped into purchases and keys.
type History struct {
	Stages []runs.Stage
	// Attempts are in the order of stages, operations and numbers; Purchases and Keys
	// in that of their first attempt.
	Attempts  []Attempt
	Purchases []Purchase
	Keys      []Key
	// OrderIDs are the order ids that answers and the state name, each once;
	// OrderIDIndex has their places.
	OrderIDs     []string
	OrderIDIndex map[string]int32
	// LastAnswer is when the last answer had been read, in nanoseconds since 1970.
	LastAnswer int64
	// UnrecordedPayloads counts attempts whose payload was not recorded,
	// WithoutAttempts operations that were recorded without attempts.
	UnrecordedPayloads, WithoutAttempts int
	// TimesUnusable says why times of different stages cannot be compared, Incomplete
	// why attempts may be missing; "" when they can and none is.
	TimesUnusable, Incomplete string

	impossibleTimes int // attempts
	keyOf           map[string]int32
	variants        map[variant]int32 // purchases of keys that have several payloads
	// attempts of purchase p are byPurchase[starts[p]:starts[p+1]], by start
	byPurchase, starts []int32
}

// newHistory groups the rows of the stages, in O(n log n) for n rows. The stages
// are kept and not changed.
func newHistory(stages []runs.Stage, o *Options) *History {
	n := 0
	for _, s := range stages {
		n += max(len(s.Attempts), len(s.Operations))
	}
	h := &History{Stages: stages, Attempts: make([]Attempt, 0, n),
		keyOf: make(map[string]int32, n), OrderIDIndex: make(map[string]int32, n), variants: map[variant]int32{},
	}
	for i := range stages {
		h.readStage(int32(i), o)
	}
	h.groupAttempts()
	for i := range h.Attempts {
		h.apply(&h.Attempts[i])
	}
	h.checkTimes()
	return h
}

// AttemptsOf lists the attempts of purchase p, indexes into Attempts, by their
// start.
func (h *History) AttemptsOf(d int32) []int32 { return h.byPurchase[h.starts[d]:h.starts[d+1]] }

// DeliveredTwice returns the name of a stage whose fault plan delivered requests twice,
// of which only one answer is known; "" without one.
func (h *History) DeliveredTwice() string {
	for i := range h.Stages {
		for _, w := range h.Stages[i].FaultWindows {
			if w.Fault == "duplicate" && w.Tested() {
				return h.Stages[i].Stage
			}
		}
	}
	return ""
}

// LastStageStart returns when the last stage began, in nanoseconds since 1970, 0
// without a stage.
func (h *History) LastStageStart() int64 {
	if len(h.Stages) == 0 {
		return 0
	}
	return h.StageStart(int32(len(h.Stages) - 1))
}

// StageStart returns when a stage began: as recorded, else the start of its first
// attempt, else 0.
func (h *History) StageStart(stage int32) int64 {
	if ns, ok := Nanoseconds(h.Stages[stage].Started); ok {
		return ns
	}
	for i := range h.Attempts {
		if h.Attempts[i].Stage == stage {
			return h.Attempts[i].Start
		}
	}
	return 0
}
