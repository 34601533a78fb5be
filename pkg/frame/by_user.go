package frame

import (
	"slices"

	"github.com/go-gota/gota/dataframe"

	"sagalab/pkg/runs"
)

var byUserColumns = append([]column[runs.Group]{
	stageOfGroup,
	textColumn("users", func(g *runs.Group) string { return g.Name() }),
	intColumn("user_count", func(g *runs.Group) int64 { return int64(g.IDs) }),
}, groupColumns...)

// ByUser divides the users of the stages into so many groups, ranges of their ids with as
// many users each, and returns a row for each stage, in the order given, and each group, by
// id: users ("1–100"), user_count and the columns of ByProduct. With groups of 0, or more
// than there are users, each user is a group. Groups of which a stage has no request have no
// row.
//
//	nb.Table(frame.ByUser(lab.Stages(), 5))
func ByUser(stages []runs.Stage, groups int) (_ dataframe.DataFrame, err error) {
	defer runs.CatchDamage(&err)
	return newFrame("user groups", slices.Concat(runs.GroupByUser(stages, groups)...), byUserColumns)
}
