package nb

import (
	"cmp"
	"fmt"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"sagalab/pkg/internal/faultsearch"
	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/live"
)

// searchView is the line on a running search that is replaced in place.
type searchView struct {
	id    string
	shown time.Time
	plan  string // how many schedules there are, "" before that is known
}

func newSearchView() *searchView { return &searchView{id: "sagalab-" + gonbui.UniqueId()} }

// show prints the number of schedules once it is known, and then how many were executed
// (faultsearch.Options.Progress).
func (v *searchView) show(p faultsearch.Progress) {
	told := v.plan == "" && p.Doing == faultsearch.Growing
	if told {
		v.plan = fmt.Sprintf("At most %d schedules, about %v", p.Planned, p.Left.Round(time.Second))
	}
	switch {
	case told && !gonbui.IsNotebook:
		printf("%s\n", v.plan)
	case gonbui.IsNotebook && (told || time.Since(v.shown) >= live.RefreshInterval):
		v.shown = time.Now()
		v.replace(cmp.Or(v.plan, "Without faults") + ": " + p.String())
	}
}

// end leaves one line standing.
func (v *searchView) end(r *faultsearch.Result) {
	ended := fmt.Sprintf("ended after %s", counted(r.Executions, "execution"))
	if gonbui.IsNotebook {
		v.replace(cmp.Or(v.plan, "The search") + ": " + ended)
		gonbui.Sync()
		return
	}
	printf("The search %s\n", ended)
}

func (v *searchView) replace(line string) {
	send(v.id, map[protocol.MIMEType]any{protocol.MIMETextPlain: shown(language.Text(line))}, nil)
}
