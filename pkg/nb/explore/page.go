package explore

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/comms"
	"github.com/janpfeifer/gonb/gonbui/protocol"
)

//go:embed controls.js
var controlsJS string

// page is a notebook in a browser.
type page struct {
	id       string // of the display, and the address that messages are sent to
	received chan string
	open     bool
}

func newPage() *page {
	return &page{id: "sagalab-explore-" + gonbui.UniqueId(), received: make(chan string, 16)}
}

func (p *page) printLine(text string) { printLine(text) }

func (p *page) text(text string) {
	p.show(map[protocol.MIMEType]any{protocol.MIMETextPlain: text})
}

func (p *page) show(data map[protocol.MIMEType]any) {
	gonbui.SendData(&protocol.DisplayData{Data: data, DisplayID: p.id})
	gonbui.Sync()
}

// controls asks for messages only now: a run that never comes so far needs no way
// back from the browser.
func (p *page) controls(v Values, number int) {
	if !p.open {
		p.open = true
		comms.Subscribe(p.id, func(_ string, message string) {
			select {
			case p.received <- message:
			default: // the channel holds 16 messages: more than a person sends
			}
		})
	}
	p.show(map[protocol.MIMEType]any{protocol.MIMETextPlain: v.String(), protocol.MIMETextHTML: p.html(v, number)})
}

// html is the values as text, and a script that puts the controls in their place. So
// a copy that is saved meanwhile shows the text where scripts are not run.
func (p *page) html(v Values, number int) string {
	type slider struct {
		Name            string
		Value, Min, Max int
	}
	var settings struct {
		ID, Address, Note string
		Number            int
		Sliders           []slider
	}
	settings.ID, settings.Address, settings.Number = fmt.Sprintf("%s-%d", p.id, number), p.id, number
	settings.Note = fmt.Sprintf("Ends with Done, or %.0f s after the last click or move.", IdleTimeout.Seconds())
	for _, c := range v.controls {
		settings.Sliders = append(settings.Sliders, slider{c.name, c.value, c.min, c.max})
	}
	text, _ := json.Marshal(settings) // strings and numbers always marshal; < and > are escaped
	return fmt.Sprintf("<div id=%q>%s</div>\n<script>%s</script>", settings.ID, html.EscapeString(v.String()),
		strings.Replace(controlsJS, "SETTINGS", string(text), 1))
}

func (p *page) messages() <-chan string { return p.received }

func (p *page) interrupts() (<-chan os.Signal, func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	return signals, func() { signal.Stop(signals) }
}

// printLine adds a line to the cell's output.
func printLine(line string) {
	if !gonbui.IsNotebook {
		fmt.Println(line)
		return
	}
	gonbui.SendData(&protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextPlain: line}})
	gonbui.Sync()
}
