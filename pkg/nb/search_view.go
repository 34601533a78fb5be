package nb

import (
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
	told  bool // how many schedules there are
}

func newSearchView() *searchView { return &searchView{id: "sagalab-" + gonbui.UniqueId()} }

// show tells how many schedules there are as soon as that is known, and then how far the search
// has come (faultsearch.Options.Progress).
func (v *searchView) show(p faultsearch.Progress) {
	if p.Doing == faultsearch.Growing && !v.told {
		v.told = true
		printf("At most %d schedules, about %v\n", p.Planned, p.Left.Round(time.Second))
	}
	if gonbui.IsNotebook && time.Since(v.shown) >= live.RefreshInterval {
		v.shown = time.Now()
		v.replace(p.String())
	}
}

// end leaves one line standing.
func (v *searchView) end(r *faultsearch.Result) {
	line := fmt.Sprintf("Search ended: %s", counted(r.Executions, "execution"))
	if gonbui.IsNotebook {
		v.replace(line)
		gonbui.Sync()
		return
	}
	printf("%s\n", line)
}

func (v *searchView) replace(line string) {
	send(v.id, map[protocol.MIMEType]any{protocol.MIMETextPlain: shown(language.Text(line))}, nil)
}
