package figure

import (
	"fmt"

	"gonum.org/v1/plot"

	"sagalab/pkg/runs"
)

// ByUser draws the latencies and the failures of groups of users, as ByProduct does of
// products. The groups are those of frame.ByUser, by their ids; more than 12, and more than
// there is room for beside the stages, are an error, as are 0 and less. Users whose money
// ran out, or who wait for each other, stand out.
func ByUser(stages []runs.Stage, groups int) (_ *plot.Plot, err error) {
	defer runs.CatchDamage(&err)
	const title = "Latency and failures by user group"
	if err := checkNotEmpty(title, stages); err != nil {
		return nil, err
	}
	if most := mostGroups(stages); groups < 1 || groups > most {
		return nil, fmt.Errorf("%d groups of users: a figure of %d stages has room for 1 to %d", groups, len(stages), most)
	}
	return newGroupGrid(stages, runs.GroupByUser(stages, groups)).plot(title, "users"), nil
}
