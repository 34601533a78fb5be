package figure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"sagalab/pkg/internal/language"
)

// FaultCell is what faults of one kind on one attempt of one step did, over all schedules of a
// search that have one. It is a cell of FaultMap, which adds those of several purchases.
type FaultCell struct {
	// Participant, Step and Attempt are those of TimelineCall.
	Participant string
	Step        string
	Attempt     int
	// Fault is the kind, by its name in package fault.
	Fault string
	// Survived and Broke count executions: those that violated no rule, and those that violated
	// Rule, such as "C3".
	Survived int
	Broke    int
	Rule     string
	// Skipped counts schedules that were not executed, by why in words.
	Skipped map[string]int
	// NotReached counts schedules in which the call did not happen.
	NotReached int
}

// add adds what another cell of the same place counts.
func (c *FaultCell) add(other FaultCell) {
	c.Survived, c.Broke, c.NotReached = c.Survived+other.Survived, c.Broke+other.Broke, c.NotReached+other.NotReached
	c.Rule = cmp.Or(c.Rule, other.Rule)
	sum := maps.Clone(c.Skipped)
	if sum == nil {
		sum = map[string]int{}
	}
	for why, n := range other.Skipped {
		sum[why] += n
	}
	c.Skipped = sum
}

// faultResult is what a cell shows by its colour: the first of these that it counts.
type faultResult int

const (
	broke faultResult = iota
	survived
	skipped
	notReached
	notTried
)

// result returns what the cell shows.
func (c *FaultCell) result() faultResult {
	switch {
	case c == nil:
		return notTried
	case c.Broke > 0:
		return broke
	case c.Survived > 0:
		return survived
	case c.skipped() > 0:
		return skipped
	case c.NotReached > 0:
		return notReached
	}
	return notTried
}

// skipped counts the schedules that were not executed.
func (c *FaultCell) skipped() (n int) {
	for _, k := range c.Skipped {
		n += max(k, 0)
	}
	return n
}

// lines says what the cell counts, a line for each. letters has a letter for each reason to skip
// a schedule out.
func (c *FaultCell) lines(letters map[string]string) (lines []string) {
	if c == nil {
		return nil
	}
	add := func(n int, format string, words ...any) {
		if n > 0 {
			lines = append(lines, language.Text(fmt.Sprintf(format, append([]any{formatCount(n)}, words...)...)))
		}
	}
	if c.Rule == "" {
		add(c.Broke, "%s broke a rule")
	} else {
		add(c.Broke, "%s broke %s", oneLine(c.Rule, maxNameLetters))
	}
	add(c.Survived, "%s survived")
	for _, why := range slices.Sorted(maps.Keys(c.Skipped)) {
		if letters[why] == "" {
			add(c.Skipped[why], "%s skipped")
		} else {
			add(c.Skipped[why], "%s skipped (%s)", letters[why])
		}
	}
	add(c.NotReached, "%s not reached")
	return lines
}
