package buyers

import (
	"errors"
	"fmt"

	"sagalab/pkg/purchase"
)

// part is under which key a purchase of a Mix is sent.
type part int

const (
	ordinary part = iota // under a key of its own
	reuse
	repeat
	keyless
)

// partOf draws the part of purchase number i.
func (m Mix) partOf(seed uint64, i int) part {
	if m.Reuse == 0 && m.Repeat == 0 && m.Keyless == 0 {
		return ordinary
	}
	switch f := ofPart.Fraction(seed, 0, uint64(i)); {
	case f < m.Reuse:
		return reuse
	case f < m.Reuse+m.Repeat:
		return repeat
	case f < m.Reuse+m.Repeat+m.Keyless:
		return keyless
	}
	return ordinary
}

// earlier draws how many purchases before number i the one is whose key is sent again: 0
// when none is found with a key of its own. The distances are multiples of 120, else of 24,
// else of 12, so that in a fleet the same worker sends both: it has every n-th purchase, and
// the usual numbers of workers divide these.
func (m Mix) earlier(seed uint64, i int) int {
	f := ofEarlier.Fraction(seed, 0, uint64(i))
	for _, unit := range [...]int{120, 24, 12} {
		steps := min(i, purchase.MaxSameKeyAs) / unit
		first := int(f * float64(steps))
		for n := range min(steps, mostSteps) {
			if back := unit * (1 + (first+n)%steps); m.partOf(seed, i-back) == ordinary {
				return back
			}
		}
	}
	return 0
}

// mostSteps bounds how many purchases of one distance earlier looks at.
const mostSteps = 32

// validateParts reports what is wrong with the parts.
func (m Mix) validateParts() error {
	var errs []error
	for _, p := range m.parts() {
		if f := *p.fraction; !(f >= 0 && f <= 1) {
			errs = append(errs, fmt.Errorf("%s is %v, want a part of 0 to 1, such as 1%% or 0.01", p.name, f))
		}
	}
	if sum := m.Reuse + m.Repeat + m.Keyless; len(errs) == 0 && sum > 1+1e-9 {
		errs = append(errs, fmt.Errorf("%s, %s and %s add up to %.6g%%, want at most 100%%", reuseName, repeatName, keylessName, 100*sum))
	}
	return errors.Join(errs...)
}

// namedPart is a part with its name in a text.
type namedPart struct {
	name     string
	fraction *float64
}

func (m *Mix) parts() [3]namedPart {
	return [3]namedPart{{reuseName, &m.Reuse}, {repeatName, &m.Repeat}, {keylessName, &m.Keyless}}
}
