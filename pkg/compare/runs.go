package compare

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/runs"
)

// Runs compares the stages of load that all runs of a and all of b have in common, by
// name and in the order of the first; usually one run each, for several see Repeats.
// unmatched are the stages that not all runs have. The error is that of reading them.
func Runs(a, b []runs.Run, o Options) (common []Comparison, unmatched []Unmatched, err error) {
	defer runs.CatchDamage(&err)
	x, errA := readStages(a)
	y, errB := readStages(b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, nil, err
	}
	common, unmatched = ByName(x, y, o)
	for i := range common {
		common[i].A.Run, common[i].B.Run = runIDs(a), runIDs(b)
	}
	return common, unmatched, nil
}

// readStages reads the stages of each run.
func readStages(list []runs.Run) (stages [][]runs.Stage, err error) {
	for _, r := range list {
		s, failed := r.OpenStages()
		stages, err = append(stages, s), errors.Join(err, failed)
	}
	return stages, err
}

func runIDs(list []runs.Run) string {
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, ",")
}

// Unmatched is a stage that not all of the runs compared have.
type Unmatched struct {
	Stage string `json:"stage"`
	// In is "A" or "B", "" when both have it, but not in every run.
	In string `json:"in"`
}

// String is a sentence.
func (u Unmatched) String() string {
	if u.In == "" {
		return fmt.Sprintf("stage %q is not in every run", u.Stage)
	}
	return fmt.Sprintf("stage %q is in %s only", u.Stage, u.In)
}

// ByName is Runs for stages that have been read already, a list for each run.
func ByName(a, b [][]runs.Stage, o Options) (common []Comparison, unmatched []Unmatched) {
	namesA, namesB := stageNames(a), stageNames(b)
	for _, name := range namesA {
		x, y := stageInEach(a, name), stageInEach(b, name)
		switch {
		case x != nil && y != nil:
			common = append(common, Repeats(x, y, o))
		case slices.Contains(namesB, name):
			unmatched = append(unmatched, Unmatched{name, ""})
		default:
			unmatched = append(unmatched, Unmatched{name, "A"})
		}
	}
	for _, name := range namesB {
		if !slices.Contains(namesA, name) {
			unmatched = append(unmatched, Unmatched{name, "B"})
		}
	}
	return common, unmatched
}

// stageNames returns the names of the stages of any of the runs, in order of appearance.
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

// stageInEach returns the stage of a name in each of the runs, nil when one has none.
func stageInEach(list [][]runs.Stage, name string) (found []runs.Stage) {
	for _, stages := range list {
		i := slices.IndexFunc(stages, func(s runs.Stage) bool { return s.Stage == name })
		if i < 0 {
			return nil
		}
		found = append(found, stages[i])
	}
	return found
}
