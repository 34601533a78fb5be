package nb

import (
	"fmt"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/live"
)

// liveView is the view of a running stage that is replaced in place.
type liveView struct {
	view  live.View
	id    string
	shown time.Time
	any   bool
}

func newLiveView() *liveView { return &liveView{id: "sagalab-" + gonbui.UniqueId()} }

// show takes a snapshot of the running stage (runner.Watch).
func (l *liveView) show(s live.Snapshot) {
	l.any = true
	l.view.Update(s)
	if !gonbui.IsNotebook || time.Since(l.shown) < live.RefreshInterval {
		return
	}
	l.shown = time.Now()
	send(l.id, map[protocol.MIMEType]any{protocol.MIMETextPlain: l.view.Text(100), protocol.MIMETextHTML: l.view.HTML()}, nil)
}

// end leaves one line standing, which says how it ended: as text, so that it is
// there in a saved notebook that is not trusted.
func (l *liveView) end() {
	switch {
	case !l.any:
	case gonbui.IsNotebook:
		send(l.id, map[protocol.MIMEType]any{protocol.MIMETextPlain: language.Text(l.view.End())}, nil)
		gonbui.Sync()
	default:
		fmt.Fprintln(stdout(), language.Text(l.view.End()))
	}
}
