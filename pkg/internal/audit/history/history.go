package history

import (
	"slices"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// None is the index of nothing.
const None = -1

// History is the recorded rows of all stages, grouped into purchases and keys.
type History struct {
	Stages []runs.Stage
	// Attempts are those at the steps that decide, in the order of stages, operations and
	// numbers; Purchases and Keys are in that of their first attempt. All has the same
	// attempts at the same places, and behind them those at other steps, and polls.
	Attempts  []Attempt
	All       []Attempt
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

	// Ended counts, by step, the operations that ended after it and before any attempt at the
	// step that decides.
	Ended map[string]int
	// StepsSentAgain: an attempt at a step before the last was sent again.
	StepsSentAgain bool

	impossibleTimes int // attempts
	keyOf           map[string]int32
	stepKeyOf       map[string]int32  // keys of steps before the last, by name: those of their purchases
	variants        map[variant]int32 // purchases of keys that have several payloads
	// decided has the attempts of each purchase, others its attempts at other steps and polls.
	decided, others grouped
	apart           []int32   // rows of the operation that is read, which do not decide
	rest            []Attempt // those so far
	borrowed        []int32   // places in rest of polls that have the order of the attempt before
}

// newHistory groups the rows of the stages, in O(n log n) for n rows. The stages
// are kept and not changed. orders are those of the state, by which it is known what ids are.
func newHistory(stages []runs.Stage, o *Options, orders ...purchase.Order) *History {
	n := 0
	for _, s := range stages {
		n += max(len(s.Attempts), len(s.Operations))
	}
	h := &History{Stages: stages, Attempts: make([]Attempt, 0, n),
		keyOf: make(map[string]int32, n), OrderIDIndex: make(map[string]int32, n), variants: map[variant]int32{},
		stepKeyOf: map[string]int32{}, Ended: map[string]int{},
	}
	for i := range stages {
		h.readStage(int32(i), o)
	}
	decided := len(h.Attempts)
	h.returnBorrowed(h.rest, orders)
	h.All = append(h.Attempts, h.rest...)
	h.Attempts, h.rest = h.All[:decided:decided], nil
	h.decided, h.others = group(h.All, 0, decided, len(h.Purchases)), group(h.All, decided, len(h.All), len(h.Purchases))
	for i := range h.Attempts {
		h.apply(&h.Attempts[i])
	}
	for i := decided; i < len(h.All); i++ {
		h.applyApart(&h.All[i])
	}
	h.refuseBySteps()
	h.checkTimes()
	return h
}

// AttemptsOf lists the attempts of purchase p, indexes into Attempts, by their
// start.
func (h *History) AttemptsOf(d int32) []int32 { return h.decided.of(d) }

// OthersOf lists the attempts at steps of purchase p before the one that decides, and its
// polls, indexes into All, by their start.
func (h *History) OthersOf(d int32) []int32 { return h.others.of(d) }

// AnswersOf lists what may say what became of purchase p, indexes into All: its attempts by
// their start, then its polls.
func (h *History) AnswersOf(d int32) []int32 {
	list := slices.Clip(h.AttemptsOf(d))
	for _, n := range h.OthersOf(d) {
		if h.All[n].Part == Asks {
			list = append(list, n)
		}
	}
	return list
}

// StageOf returns the stage in which purchase p was first sent.
func (h *History) StageOf(d int32) int32 {
	for _, list := range [][]int32{h.OthersOf(d), h.AttemptsOf(d)} {
		if len(list) > 0 {
			return h.All[list[0]].Stage
		}
	}
	return 0
}

// HasSteps reports whether purchases of a stage take several steps.
func (h *History) HasSteps() bool {
	return slices.ContainsFunc(h.Stages, func(s runs.Stage) bool { return len(s.Steps) > 1 })
}

// DeliveredTwice returns the name of a stage whose fault plan delivered requests twice,
// of which only one answer is known; "" without one.
func (h *History) DeliveredTwice() string {
	for i := range h.Stages {
		if deliversTwice(&h.Stages[i]) {
			return h.Stages[i].Stage
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
