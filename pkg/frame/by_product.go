package frame

import (
	"slices"
	"strings"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// groupColumns are those that ByProduct and ByUser have in common.
var groupColumns = []column[runs.Group]{
	intColumn("requests", func(g *runs.Group) int64 { return int64(g.Requests) }),
	intColumn("success", func(g *runs.Group) int64 { return int64(g.Success) }),
	intColumn("failure", func(g *runs.Group) int64 { return int64(g.Failure) }),
	intColumn("unknown", func(g *runs.Group) int64 { return int64(g.Unknown) }),
	floatColumn("amplification", func(g *runs.Group) float64 { return rounded(g.Amplification) }),
	floatColumn("p50_ms", func(g *runs.Group) float64 { return roundedBetween(g.P50Low, g.P50, g.Polls) }),
	floatColumn("p95_ms", func(g *runs.Group) float64 { return roundedBetween(g.P95Low, g.P95, g.Polls) }),
	floatColumn("p99_ms", func(g *runs.Group) float64 { return roundedBetween(g.P99Low, g.P99, g.Polls) }),
	textColumn("note", func(g *runs.Group) string {
		uncertain := uncertainText(&runs.Summary{Polls: g.Polls, P50: g.P50, P50Low: g.P50Low, P99: g.P99, P99Low: g.P99Low})
		if weak := g.Weak(); len(weak) > 0 {
			return joinNotes(uncertain, []string{"few samples: " + strings.Join(weak, " ")})
		}
		return uncertain
	}),
}

// stageOfGroup is the first column of ByProduct and ByUser.
var stageOfGroup = textColumn("stage", func(g *runs.Group) string { return g.Stage })

// productColumns are the columns of the groups' products: product_id unless each is a
// text, product unless each is a number.
func productColumns(groups []runs.Group) (list []column[runs.Group]) {
	number := func(g runs.Group) bool { _, is := g.From.Number(); return is }
	text := func(g runs.Group) bool { return !number(g) }
	if len(groups) == 0 || slices.ContainsFunc(groups, number) {
		list = append(list, idColumn("product_id", func(g *runs.Group) purchase.ID { return g.From }))
	}
	if slices.ContainsFunc(groups, text) {
		list = append(list, textColumn("product", func(g *runs.Group) string { return g.From.Text() }))
	}
	return list
}

// ByProduct returns a row for each stage, in the order given, and each product that it
// bought: product_id, product, requests, success, failure, unknown, amplification, p50_ms,
// p95_ms and p99_ms as in Summary. product_id is there when an id is a number, and 0 for
// one that is a text; product is there when an id is a text, and has all ids as texts. The
// product with the most requests in all stages together is the first of each.
//
//	nb.Table(frame.ByProduct(lab.Stages()))
func ByProduct(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	groups := slices.Concat(runs.GroupByProduct(stages)...)
	return newFrame("products", groups, slices.Concat([]column[runs.Group]{stageOfGroup}, productColumns(groups), groupColumns))
}
