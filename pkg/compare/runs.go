package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/runs"
)

// Runs compares the stages of load that all runs of a and all of b have in
// common, by name and in the order of the first; one run each is the usual case,
// of several see Repeats. alone are the stages that only one side has.
func Runs(a, b []runs.Run, o Options) (common []Comparison, alone []Unmatched, err error) {
	x, errA := stagesOf(a)
	y, errB := stagesOf(b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	common, alone = ByName(x, y, o)
	for i := range common {
		common[i].A.Run, common[i].B.Run = ids(a), ids(b)
	}
	return common, alone, nil
}

func stagesOf(list []runs.Run) (stages [][]runs.Stage, err error) {
	for _, r := range list {
		s, failed := r.Stages()
		stages, err = append(stages, s), errors.Join(err, failed)
	}
	return stages, err
}

func ids(list []runs.Run) string {
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, ",")
}

// Alone is a stage that not all of the runs compared have.
type Unmatched struct {
	Stage string `json:"stage"`
	// In is "A" or "B", "" when both have it, but not in every run.
	In string `json:"in"`
}

// String is a sentence.
func (a Unmatched) String() string {
	if a.In == "" {
		return fmt.Sprintf("stage %q is not in every run", a.Stage)
	}
	return fmt.Sprintf("stage %q is in %s only", a.Stage, a.In)
}

// ByName is Runs for stages that have been read, a list for each
// run.
func ByName(a, b [][]runs.Stage, o Options) (common []Comparison, alone []Unmatched) {
	namesA, namesB := stageNames(a), stageNames(b)
	for _, name := range namesA {
		x, y := everywhere(a, name), everywhere(b, name)
		switch {
		case x != nil && y != nil:
			common = append(common, Repeats(x, y, o))
		case slices.Contains(namesB, name):
			alone = append(alone, Unmatched{name, ""})
		default:
			alone = append(alone, Unmatched{name, "A"})
		}
	}
	for _, name := range namesB {
		if !slices.Contains(namesA, name) {
			alone = append(alone, Unmatched{name, "B"})
		}
	}
	return common, alone
}

// stageNames is the names of the stages of any of the runs, as they come.
func stageNames(list [][]runs.Stage) (names []string) {
	for _, stages := range list {
		for _, s := range stages {
			if !slices.Contains(names, s.Stage) {
				names = append(names, s.Stage)
			}
		}
	}
	return names
}

// everywhere is the stage of a name in each of the runs, nil when one has none.
func everywhere(list [][]runs.Stage, name string) (found []runs.Stage) {
	for _, stages := range list {
		i := slices.IndexFunc(stages, func(s runs.Stage) bool { return s.Stage == name })
		if i < 0 {
			return nil
		}
		found = append(found, stages[i])
	}
	return found
}
