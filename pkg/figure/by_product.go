package figure

import (
	"cmp"
	"fmt"
	"slices"

	"gonum.org/v1/plot"

	"sagalab/pkg/runs"
)

// ByProduct draws the latencies and the failures of each product, for each stage in its
// colour: above, a line from the 50th to the 99th percentile with a dot at the 50th and a dash at
// the 95th; below, the percentage of the product's requests that failed, with their number.
// The product with the most requests stands first; of more than twelve, fewer where there are
// many stages, those with the most requests are drawn. A product that was sold out, or a row
// that many wait for, stands out.
func ByProduct(stages []runs.Stage) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Latency and failures by product"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	g := newGroupGrid(stages, runs.GroupByProduct(stages))
	slices.SortStableFunc(g.groups, func(a, b gridGroup) int { return cmp.Compare(b.requests, a.requests) })
	x := "product"
	if all, most := len(g.groups), mostGroups(stages); all > most {
		g.groups = g.groups[:most]
		x = fmt.Sprintf("product, the %d of %s with the most requests", most, formatCount(all))
	}
	return g.plot(title, x), nil
}
