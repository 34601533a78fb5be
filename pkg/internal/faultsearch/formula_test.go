package faultsearch

import (
	"math"
	"testing"
)

// TestFormula: for two faults the count is 1 + cK + C(c,2) K² + c R K, and it is that of all
// schedules written down one by one.
func TestFormula(t *testing.T) {
	for c := range int64(12) {
		for k := int64(1); k <= 7; k++ {
			for r := range k + 1 {
				f := Formula{Calls: int(c), Kinds: int(k), Failing: int(r), Attempts: 3, Faults: 2}
				if want := 1 + c*k + c*(c-1)/2*k*k + c*r*k; f.Count() != want {
					t.Errorf("%+v: %d, want %d", f, f.Count(), want)
				}
			}
		}
	}
	for _, f := range []Formula{{3, 2, 1, 3, 3}, {2, 3, 2, 3, 5}, {4, 2, 2, 2, 4}, {2, 6, 5, 1, 3}, {1, 1, 1, 4, 4}} {
		if got, want := f.Count(), writeDown(f, 0, 0, 0); got != want {
			t.Errorf("%+v: %d, but there are %d", f, got, want)
		}
	}
	if n := (Formula{1000, 1000, 1000, 10, 10}).Count(); n != math.MaxInt64 {
		t.Errorf("a count that is too large is %d", n)
	}
	if n := (Formula{Calls: 8, Kinds: 6, Failing: 5, Attempts: 3, Faults: 2}).Count(); n != 1297 {
		t.Errorf("8 calls and 6 kinds: %d", n)
	}
}

// writeDown counts schedules: at attempt (from 0) of a call, with so many faults done.
func writeDown(f Formula, call, attempt, faults int) int64 {
	if call == f.Calls {
		return 1
	}
	n := writeDown(f, call+1, 0, faults) // no fault here
	if faults == f.Faults || attempt == f.Attempts {
		return n
	}
	for k := range f.Kinds {
		if k < f.Failing {
			n += writeDown(f, call, attempt+1, faults+1)
		} else {
			n += writeDown(f, call+1, 0, faults+1)
		}
	}
	return n
}
