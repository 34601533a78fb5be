package runs

import (
	"errors"
	"fmt"
	"slices"
)

// CompareRuns compares the stages of load that two runs have in common, by name
// and in the order of a. alone are the stages that only one of them has.
func CompareRuns(a, b Run, o CompareOptions) (common []Comparison, alone []Alone, err error) {
	x, errA := a.Stages()
	y, errB := b.Stages()
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	common, alone = CompareStages(x, y, o)
	for i := range common {
		common[i].A.Run, common[i].B.Run = a.ID, b.ID
	}
	return common, alone, nil
}

// Alone is a stage that only one of two runs has.
type Alone struct {
	Stage string `json:"stage"`
	// In is "A" or "B".
	In string `json:"in"`
}

// String is a sentence.
func (a Alone) String() string { return fmt.Sprintf("stage %q is in %s only", a.Stage, a.In) }

// CompareStages is CompareRuns for stages that have been read.
func CompareStages(a, b []Stage, o CompareOptions) (common []Comparison, alone []Alone) {
	for _, s := range a {
		if i := slices.IndexFunc(b, func(v Stage) bool { return v.Stage == s.Stage }); i >= 0 {
			common = append(common, Compare(s, b[i], o))
		} else {
			alone = append(alone, Alone{s.Stage, "A"})
		}
	}
	for _, s := range b {
		if !slices.ContainsFunc(a, func(v Stage) bool { return v.Stage == s.Stage }) {
			alone = append(alone, Alone{s.Stage, "B"})
		}
	}
	return common, alone
}
