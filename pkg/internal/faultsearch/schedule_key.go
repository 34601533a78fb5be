package faultsearch

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/fault"
)

// sorted returns a schedule with its faults in the order of their calls.
func sorted(s fault.Schedule) fault.Schedule {
	faults := slices.Clone(s.Faults)
	slices.SortFunc(faults, func(a, b fault.CallFault) int { return compareCalls(a.Call, b.Call) })
	return fault.Schedule{Faults: faults}
}

// keyOf returns a text that is the same for schedules with the same faults in any order.
func keyOf(w World, s fault.Schedule) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d %s %t %d", w.Purchases, w.Scarce, w.AtOnce, w.Series)
	for _, f := range sorted(s).Faults {
		fmt.Fprintf(&b, " | %d %q %q %d %s", f.Purchase, f.Participant, f.Step, f.Attempt, f.Fault)
	}
	return b.String()
}

// with returns a schedule with one more fault.
func with(s fault.Schedule, c fault.Call, k fault.Kind) fault.Schedule {
	return fault.Schedule{Faults: append(slices.Clone(s.Faults), fault.CallFault{Call: c, Fault: k})}
}

// without returns a schedule without one of its faults.
func without(s fault.Schedule, i int) fault.Schedule {
	return fault.Schedule{Faults: slices.Delete(slices.Clone(s.Faults), i, i+1)}
}

// replaced returns a schedule in which one of the faults is of another kind.
func replaced(s fault.Schedule, i int, k fault.Kind) fault.Schedule {
	faults := slices.Clone(s.Faults)
	faults[i].Fault = k
	return fault.Schedule{Faults: faults}
}

// permutations returns the orders of the purchases 1 to n other than the usual one: names[p-1]
// is the number of purchase p.
func permutations(n int) (all [][]int) {
	var place func(names []int)
	place = func(names []int) {
		if len(names) == n {
			all = append(all, slices.Clone(names))
			return
		}
		for p := 1; p <= n; p++ {
			if !slices.Contains(names, p) {
				place(append(slices.Clone(names), p))
			}
		}
	}
	place(nil)
	return all[1:] // the first one is the usual one
}

// renamed returns calls and faults under other numbers of their purchases.
func renamed(s fault.Schedule, names []int) fault.Schedule {
	faults := slices.Clone(s.Faults)
	for i := range faults {
		faults[i].Purchase = newName(names, faults[i].Purchase)
	}
	return fault.Schedule{Faults: faults}
}

func newName(names []int, p int) int {
	if p < 1 || p > len(names) {
		return p
	}
	return names[p-1]
}

// inverse returns the order that takes back names.
func inverse(names []int) []int {
	back := make([]int, len(names))
	for i, n := range names {
		back[n-1] = i + 1
	}
	return back
}
