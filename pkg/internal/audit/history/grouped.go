package history

import (
	"cmp"
	"slices"
)

// grouped is attempts by purchase: those of purchase p are list[starts[p]:starts[p+1]], by
// their start. The zero value has none.
type grouped struct{ list, starts []int32 }

// group groups the attempts all[from:to] of so many purchases.
func group(all []Attempt, from, to, purchases int) (g grouped) {
	if from == to {
		return g
	}
	g.starts = make([]int32, purchases+1)
	for i := from; i < to; i++ {
		g.starts[all[i].Purchase+1]++
	}
	for i := range purchases {
		g.starts[i+1] += g.starts[i]
	}
	at := slices.Clone(g.starts)
	g.list = make([]int32, to-from)
	for i := from; i < to; i++ {
		d := all[i].Purchase
		g.list[at[d]] = int32(i)
		at[d]++
	}
	for d := range purchases {
		slices.SortStableFunc(g.of(int32(d)), func(a, b int32) int { return cmp.Compare(all[a].Start, all[b].Start) })
	}
	return g
}

// of returns those of purchase d.
func (g *grouped) of(d int32) []int32 {
	if g.starts == nil {
		return nil
	}
	return g.list[g.starts[d]:g.starts[d+1]]
}
