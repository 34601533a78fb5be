package runs

import (
	"strconv"

	"sagalab/pkg/purchase"
)

// Left counts the operations that ended without success after a step.
type Left struct {
	// Step is the last step that they had done, of which there was an answer; the one after it,
	// when it was begun, was refused or is not known to be done.
	Step       string `json:"step"`
	Operations int    `json:"operations"`
}

// cutOff is the Reason of an operation that ended after a step, without an attempt at the next one.
const cutOff = "cut_off"

// notEnded reports whether an operation of several steps was accepted, and was not seen to end: it
// may still be settled, and leaves nothing behind that is known of.
func notEnded(o *Operation) bool {
	return o.Steps > 1 && o.AcceptedMS > 0 && o.Outcome == purchase.Unknown
}

// leftTally counts operations by how many steps they had done. The zero value has none.
type leftTally map[int]int

// add counts an operation.
func (l *leftTally) add(o *Operation) {
	done := int(o.Steps)
	if o.Reason != cutOff {
		done--
	}
	if o.Success || done <= 0 {
		return
	}
	if *l == nil {
		*l = leftTally{}
	}
	(*l)[done]++
}

// list returns the counts in the order of steps.
func (l leftTally) list(steps []string) (list []Left) {
	for done, found := 1, 0; found < len(l); done++ {
		n, has := l[done]
		if !has {
			continue
		}
		found++
		name := strconv.Itoa(done) // of a stage that does not name them
		if done <= len(steps) {
			name = steps[done-1]
		}
		list = append(list, Left{name, n})
	}
	return list
}
