package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"strings"
	"time"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

// TimelineCall is one call as CallTimeline draws it. Its fields are those of fault.SeenCall.
type TimelineCall struct {
	// Purchase counts from 1.
	Purchase int
	// Participant is the name of the participant that was asked, "" for the service itself.
	Participant string
	// Step is what it was asked for, such as "POST /charge", "" for a purchase of one request.
	Step string
	// Attempt counts the calls of the purchase with this Participant and Step from 1.
	Attempt int
	// Fault is the kind of fault that was done to it, by its name in package fault, "" for none.
	Fault string
	// Began and Ended bound it; Ended is zero while it is under way.
	Began, Ended time.Time
	// Status is what was answered, also when the reply was lost on purpose; 0 without an answer.
	Status int
	// Failed: there was no answer, and not on purpose.
	Failed bool
}

// callEnd is how a call ended, as its bar shows it.
type callEnd int

const (
	answered     callEnd = iota // with 2xx
	turnedDown                  // with 3xx or 4xx
	unanswered                  // with 5xx, or not at all
	notDelivered                // on purpose
)

// callEnds is what the bars mean.
var callEnds = [...]struct {
	words  string
	swatch swatch
}{
	answered:     {"answered 2xx", swatch{palette[1], plain}},
	turnedDown:   {"answered 3xx or 4xx", swatch{palette[0], hatched}},
	unanswered:   {"answered 5xx, or not at all", swatch{palette[5], crossed}},
	notDelivered: {"not delivered", swatch{color: color.NRGBA{0xff, 0xff, 0xff, 0xff}}},
}

// paint draws a bar; that of a call that was not delivered is empty.
func (e callEnd) paint(c *draw.Canvas, r vg.Rectangle) {
	callEnds[e].swatch.paint(c, r)
	if e == notDelivered {
		outline(c, r, 1)
	}
}

func outline(c *draw.Canvas, r vg.Rectangle, width vg.Length) {
	c.StrokeLines(draw.LineStyle{Color: color.Black, Width: width}, []vg.Point{r.Min, {X: r.Max.X, Y: r.Min.Y}, r.Max, {X: r.Min.X, Y: r.Max.Y}, r.Min})
}

func (c TimelineCall) end() callEnd {
	switch {
	case c.Status >= 200 && c.Status < 300:
		return answered
	case c.Status >= 300 && c.Status < 500:
		return turnedDown
	case c.Status == 0 && !c.Failed && faultKinds[c.Fault].before:
		return notDelivered
	}
	return unanswered
}

// label names the call and its answer, such as "/charge, attempt 2: 200".
func (c TimelineCall) label() string {
	name := cmp.Or(stepName(c.Step), language.Text("request"))
	if c.Attempt > 1 {
		name += language.Text(fmt.Sprintf(", attempt %d", c.Attempt))
	}
	switch {
	case c.Status != 0:
		return fmt.Sprintf("%s: %d", name, c.Status)
	case c.end() == notDelivered:
		return name
	case c.Ended.IsZero():
		return name + ": " + language.Text("still under way")
	}
	return name + ": " + language.Text("no answer")
}

// maxStepLetters is how many letters of a step are drawn.
const maxStepLetters = 28

// stepName is a step without the method where it is POST, and without the beginning where it is
// long: the end tells more.
func stepName(step string) string {
	step = strings.TrimPrefix(step, "POST ")
	if step == "" {
		return ""
	}
	letters := []rune(oneLine(step, 1000))
	if len(letters) <= maxStepLetters {
		return string(letters)
	}
	end := string(letters[len(letters)-maxStepLetters+1:])
	if at := strings.IndexByte(end, '/'); at > 0 && at <= maxStepLetters/2 {
		end = end[at:]
	}
	return "…" + end
}

// askedName is the name of who is asked.
func askedName(participant string) string {
	if participant == "" {
		return language.Text("service")
	}
	return oneLine(participant, maxNameLetters)
}
