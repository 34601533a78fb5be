package runs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// Group is the operations of a stage that concern one product, or the users of a range of
// ids, with their figures.
type Group struct {
	// Stage is the stage's name.
	Stage string
	// From and To are the first and the last id by purchase.Compare, equal for a product;
	// IDs is how many ids there are in the group, in all stages that were grouped together.
	From, To purchase.ID
	IDs      int
	// Requests, Success, Failure, Unknown, Attempts and Amplification are as in Summary.
	Requests, Success, Failure, Unknown, Attempts int
	Amplification                                 float64
	// P50, P95 and P99 are percentiles of the latencies in ms, as in Summary.
	P50, P95, P99 float64
	// Polls, P50Low, P95Low and P99Low are as in Summary.
	Polls                  int
	P50Low, P95Low, P99Low float64
}

// Name returns the ids of the group: "7", "alice" or "1–100".
func (g Group) Name() string {
	if g.From == g.To {
		return g.From.String()
	}
	return fmt.Sprintf("%d–%d", g.From, g.To)
}

// Weak names the percentiles of the group that rest on too few samples.
func (g Group) Weak() []string {
	return slices.DeleteFunc(weakPercentiles(g.Requests), func(name string) bool { return name == "p90" })
}

// GroupByProduct returns the groups of each stage, one for each product that it bought: the
// product with the most requests in all stages together first. It takes the memory of the
// latencies of one stage.
func GroupByProduct(stages []Stage) [][]Group {
	requests := map[purchase.ID]int{}
	groups := make([][]Group, len(stages))
	for i, s := range stages {
		tallies := map[purchase.ID]*tally{}
		for o := range s.EachOperation("product_id", "latency_ms", "uncertainty_ms", "attempts", "steps", "polls", "success", "outcome") {
			t := tallies[o.ProductID]
			if t == nil {
				t = &tally{}
				tallies[o.ProductID] = t
			}
			t.add(o)
			requests[o.ProductID]++
		}
		for id, t := range tallies {
			groups[i] = append(groups[i], groupOf(s, id, id, 1, t))
		}
	}
	for _, list := range groups {
		slices.SortFunc(list, func(a, b Group) int {
			return cmp.Or(cmp.Compare(requests[b.From], requests[a.From]), purchase.Compare(a.From, b.From))
		})
	}
	return groups
}

// GroupByUser divides the users of all stages together into so many ranges of their ids,
// with as many users each, give or take one, and returns the groups of each stage, by id:
// those ranges of which it has a request. With n of 0 or less, or more than there are users,
// each user is a group. It takes the memory of the users and of the latencies of one stage.
func GroupByUser(stages []Stage, n int) [][]Group {
	ranges := userRanges(stages, n)
	groups := make([][]Group, len(stages))
	for i, s := range stages {
		tallies := make([]tally, len(ranges))
		for o := range s.EachOperation("user_id", "latency_ms", "uncertainty_ms", "attempts", "steps", "polls", "success", "outcome") {
			at, found := slices.BinarySearchFunc(ranges, o.UserID, func(r []purchase.ID, id purchase.ID) int { return purchase.Compare(r[0], id) })
			if !found {
				at--
			}
			tallies[at].add(o)
		}
		for k := range tallies {
			if ids := ranges[k]; len(tallies[k].latency) > 0 {
				groups[i] = append(groups[i], groupOf(s, ids[0], ids[len(ids)-1], len(ids), &tallies[k]))
			}
		}
	}
	return groups
}

// userRanges divides the ids of the users into n ranges.
func userRanges(stages []Stage, n int) (ranges [][]purchase.ID) {
	set := map[purchase.ID]bool{}
	for _, s := range stages {
		for o := range s.EachOperation("user_id") {
			set[o.UserID] = true
		}
	}
	ids := slices.SortedFunc(maps.Keys(set), purchase.Compare)
	if n <= 0 || n > len(ids) {
		n = len(ids)
	}
	for k := range n {
		ranges = append(ranges, ids[k*len(ids)/n:(k+1)*len(ids)/n])
	}
	return ranges
}

// groupOf returns the group of the operations that were counted.
func groupOf(s Stage, from, to purchase.ID, ids int, t *tally) Group {
	g := Group{Stage: s.Stage, From: from, To: to, IDs: ids, Requests: len(t.latency), Success: t.success, Unknown: t.unknown, Attempts: t.attempts}
	g.Failure = g.Requests - g.Success
	g.Amplification = amplification(t.attempts, t.first, g.Requests)
	latency := t.sortedLatencies()
	g.P50, g.P95, g.P99 = load.Quantile(latency, .5), load.Quantile(latency, .95), load.Quantile(latency, .99)
	low := Summary{P50: g.P50, P95: g.P95, P99: g.P99}
	t.polled.summarize(&low)
	g.Polls, g.P50Low, g.P95Low, g.P99Low = low.Polls, low.P50Low, low.P95Low, low.P99Low
	return g
}
