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
	floatColumn("p50_ms", func(g *runs.Group) float64 { return rounded(g.P50) }),
	floatColumn("p95_ms", func(g *runs.Group) float64 { return rounded(g.P95) }),
	floatColumn("p99_ms", func(g *runs.Group) float64 { return rounded(g.P99) }),
	textColumn("note", func(g *runs.Group) string {
		if weak := g.Weak(); len(weak) > 0 {
			return "few samples: " + strings.Join(weak, " ")
		}
		return ""
	}),
}

// stageOfGroup is the first column of ByProduct and ByUser.
var stageOfGroup = textColumn("stage", func(g *runs.Group) string { return g.Stage })

var byProductColumns = append([]column[runs.Group]{
	stageOfGroup,
	idColumn("product_id", func(g *runs.Group) purchase.ID { return g.From }),
	textColumn("product", func(g *runs.Group) string { return g.From.Text() }),
}, groupColumns...)

// ByProduct returns a row for each stage, in the order given, and each product that it
// bought: product_id (0 for a text), product, requests, success, failure, unknown,
// amplification, p50_ms, p95_ms and p99_ms as in Summary. The product with the most requests in all stages together is the first of each.
//
//	nb.Table(frame.ByProduct(lab.Stages()))
func ByProduct(stages []runs.Stage) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	return newFrame("products", slices.Concat(runs.GroupByProduct(stages)...), byProductColumns)
}
