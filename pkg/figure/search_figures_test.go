package figure

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// ofSearches is what figures of searches show of data: participants, steps, kinds, classes of statuses.
var ofSearches = regexp.MustCompile(`\b(stock|payments|reserve|charge|sell|release|\dxx|hang_reply|duplicate|reset_reply|drop_request|unavailable)\b`)

// addSearchSamples adds the figures of searches for faults.
func addSearchSamples(all map[string]func() (*plot.Plot, error)) {
	const title = "Attempts of the first counterexample to C3"
	for name, calls := range map[string][]TimelineCall{"lost": lostCharge(), "held": heldCharge(), "none": nil} {
		all["search calls of "+name] = func() (*plot.Plot, error) { return CallTimeline(title, calls) }
	}
	for name, cells := range map[string][]FaultCell{"certified": certified(), "interrupted": interrupted(), "none": nil} {
		all["search faults of "+name] = func() (*plot.Plot, error) { return FaultMap(title, cells) }
	}
}

// drawnText is a text and where it stands.
type drawnText struct {
	text string
	area vg.Rectangle
}

// textsOf returns the texts of a figure that is drawn upright, but those of the axes.
func textsOf(t *testing.T, p *plot.Plot, height float64) (texts []drawnText) {
	t.Helper()
	var c recorder.Canvas
	p.Draw(draw.Crop(draw.NewCanvas(&c, Width*vg.Inch, vg.Length(height)*vg.Inch), margin, -margin, margin, -margin))
	for _, a := range c.Actions {
		if s, ok := a.(*recorder.FillString); ok && s.String != "" {
			style := textStyle(s.Size)
			area := vg.Rectangle{Min: s.Point, Max: vg.Point{X: s.Point.X + style.Width(s.String), Y: s.Point.Y + .6*s.Size}}
			texts = append(texts, drawnText{s.String, area})
		}
	}
	return texts
}

// TestTextsOfASearchDoNotOverlap draws the hardest cases and looks for texts that touch, or run over
// an edge.
func TestTextsOfASearchDoNotOverlap(t *testing.T) {
	const wide = "WWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
	named := crowdOfCalls()
	for i := range named {
		named[i].Step, named[i].Fault = wide, cmpOrEmpty(named[i].Fault, wide)
		if named[i].Participant != "" {
			named[i].Participant += wide
		}
	}
	cells := crowdOfCells()
	for i := range cells {
		cells[i].Participant, cells[i].Step, cells[i].Rule = wide, wide, wide
	}
	type figure struct {
		name   string
		height float64
		draw   func() (*plot.Plot, error)
	}
	var all []figure
	for name, calls := range map[string][]TimelineCall{"lost": lostCharge(), "held": heldCharge(), "crowd": crowdOfCalls(), "wide": named} {
		all = append(all, figure{"calls of " + name, CallTimelineHeight(wide, calls), func() (*plot.Plot, error) { return CallTimeline(wide, calls) }})
	}
	for name, list := range map[string][]FaultCell{"certified": certified(), "interrupted": interrupted(), "crowd": crowdOfCells(), "wide": cells} {
		all = append(all, figure{"faults of " + name, FaultMapHeight(noneBroke, list, arithmetic, wide), func() (*plot.Plot, error) { return FaultMap(noneBroke, list, arithmetic, wide) }})
	}
	for _, f := range all {
		p, err := f.draw()
		if err != nil {
			t.Fatal(err)
		}
		texts := textsOf(t, p, f.height)
		for i, a := range texts {
			if a.area.Min.X < margin-2 || a.area.Max.X > Width*vg.Inch-margin+2 || a.area.Min.Y < 0 || a.area.Max.Y > vg.Length(f.height)*vg.Inch {
				t.Errorf("%s: %q runs over an edge: %v of a height of %v", f.name, a.text, a.area, f.height*72)
			}
			for _, b := range texts[:i] {
				if overlap(a.area, b.area) {
					t.Errorf("%s: %q and %q overlap", f.name, a.text, b.text)
				}
			}
		}
	}
}

func cmpOrEmpty(text, other string) string {
	if text == "" {
		return ""
	}
	return other
}

func overlap(a, b vg.Rectangle) bool {
	const touch = .5
	return a.Min.X+touch < b.Max.X && b.Min.X+touch < a.Max.X && a.Min.Y+touch < b.Max.Y && b.Min.Y+touch < a.Max.Y
}

// TestBarsDoNotOverlap: calls in one row are apart, with their texts.
func TestBarsDoNotOverlap(t *testing.T) {
	for name, calls := range map[string][]TimelineCall{"lost": lostCharge(), "held": heldCharge(), "crowd": crowdOfCalls()} {
		l := newCallLanes(calls)
		if len(l.calls) != len(calls) {
			t.Errorf("%s: %d calls are drawn, want %d", name, len(l.calls), len(calls))
		}
		for i, a := range l.calls {
			for _, b := range l.calls[:i] {
				from, to := l.axis.at(a.from)*l.scale, l.axis.at(b.to)*l.scale
				if a.row == b.row && from < to+float64(l.textWidth(b)) {
					t.Errorf("%s: %q from %v and %q until %v touch", name, a.label, a.from, b.label, b.to)
				}
			}
		}
	}
}

func TestHowACallEnded(t *testing.T) {
	over := began.Add(time.Millisecond)
	for _, c := range []struct {
		call  TimelineCall
		end   callEnd
		label string
	}{
		{TimelineCall{Step: "POST /charge", Attempt: 1, Status: 200, Ended: over}, answered, "/charge: 200"},
		{TimelineCall{Step: "POST /charge", Attempt: 2, Status: 200, Ended: over, Fault: "drop_reply"}, answered, "/charge, attempt 2: 200"},
		{TimelineCall{Attempt: 1, Status: 409, Ended: over}, turnedDown, "request: 409"},
		{TimelineCall{Step: "GET /orders/{id}", Attempt: 1, Status: 503, Ended: over}, unanswered, "GET /orders/{id}: 503"},
		{TimelineCall{Step: "pay", Attempt: 1, Failed: true, Ended: over}, unanswered, "pay: no answer"},
		{TimelineCall{Step: "pay", Attempt: 1}, unanswered, "pay: still under way"},
		{TimelineCall{Step: "pay", Attempt: 1, Fault: "drop_request", Ended: over}, notDelivered, "pay"},
		{TimelineCall{Step: "pay", Attempt: 1, Fault: "unavailable", Ended: over}, notDelivered, "pay"},
		{TimelineCall{Step: "pay", Attempt: 1, Fault: "hang_reply", Failed: true, Ended: over}, unanswered, "pay: no answer"},
		{TimelineCall{Step: "POST /v1/payment_intents/{id}/confirm", Attempt: 1, Status: 200, Ended: over}, answered, "…/{id}/confirm: 200"},
	} {
		if got := c.call.end(); got != c.end {
			t.Errorf("%+v ended as %d, want %d", c.call, got, c.end)
		}
		if got := c.call.label(); got != c.label {
			t.Errorf("%+v is labelled %q, want %q", c.call, got, c.label)
		}
	}
}

func TestBrokenAxis(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []float64
		breaks string // from-to
	}{
		{"one moment", []float64{0, 0}, ""},
		{"one call", []float64{0, 5}, ""},
		{"even", []float64{0, 1, 2, 3, 4, 5}, ""},
		{"a wait that is seen", []float64{0, 1, 2, 3, 4, 9, 10, 11, 12, 13}, ""},
		{"a reply held back", []float64{0, 1, 2, 3, 4, 5, 6, 7, 1000}, "7.28-999.72"},
		{"one that is seen beside one that is not", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 25, 26, 1000}, "27.04-998.96"},
		{"two of them", []float64{0, 1, 2, 3, 4, 150, 151, 152, 153, 154, 1000}, "4.32-149.68 154.32-999.68"},
	} {
		a := newBrokenAxis(c.events)
		var got []string
		for _, b := range a.breaks() {
			got = append(got, fmt.Sprintf("%v-%v", b.from, b.to))
		}
		if strings.Join(got, " ") != c.breaks {
			t.Errorf("%s: broken at %q, want %q", c.name, got, c.breaks)
		}
		last := math.Inf(-1)
		for v := 0.; v <= slices.Max(c.events); v += .5 {
			at := a.at(v)
			if at <= last || at < 0 || at > 1+1e-9 {
				t.Errorf("%s: %v ms stands at %v, behind what is at %v", c.name, v, at, last)
			}
			last = at
		}
		if end := a.at(slices.Max(c.events)); slices.Max(c.events) > 0 && math.Abs(end-1) > 1e-9 {
			t.Errorf("%s: the end stands at %v, want 1", c.name, end)
		}
	}
}

// TestCellsAdd: cells of one place are added, whichever purchase they are of, and nothing is lost.
func TestCellsAdd(t *testing.T) {
	cells := []FaultCell{
		{Participant: "payments", Step: "POST /charge", Attempt: 2, Fault: "duplicate", Survived: 3, Skipped: map[string]int{"x": 2}, NotReached: 1},
		{Step: "pay", Attempt: 1, Fault: "drop_reply", Broke: 1, Rule: "C3", Skipped: map[string]int{"": 4}},
		{Participant: "payments", Step: "POST /charge", Attempt: 1, Fault: "a_kind_of_later", NotReached: 7},
		{Participant: "payments", Step: "POST /charge", Attempt: 2, Fault: "duplicate", Survived: 1000, Skipped: map[string]int{"x": 1, "y": 5}},
	}
	table := newFaultTable(cells)
	var got []string
	for _, r := range table.rows {
		for i, c := range r.cells {
			if c != nil {
				got = append(got, fmt.Sprintf("%s|%s|%s", r.name, table.kinds[i], strings.Join(c.lines(table.letters), ", ")))
			}
		}
	}
	want := []string{
		"pay, attempt 1|drop_reply|1 broke C3, 4 skipped",
		"/charge, attempt 1|a_kind_of_later|7 not reached",
		"attempt 2|duplicate|1,003 survived, 3 skipped (a), 5 skipped (b), 1 not reached",
	}
	if !slices.Equal(got, want) {
		t.Errorf("cells %q, want %q", got, want)
	}
	if cells[0].Skipped["x"] != 2 {
		t.Errorf("what was given has become %v", cells[0].Skipped)
	}
	for i, want := range []faultResult{notTried, notTried, broke, skipped, survived, notReached} {
		c := []*FaultCell{nil, {Skipped: map[string]int{"x": 0}}, {Broke: 1, Survived: 5}, {Skipped: map[string]int{"": 1}, NotReached: 1}, {Survived: 1, Skipped: map[string]int{"": 9}}, {NotReached: 1}}[i]
		if got := c.result(); got != want {
			t.Errorf("%+v shows %d, want %d", c, got, want)
		}
	}
}

// TestHostileCalls draws calls with times and numbers that no search has.
func TestHostileCalls(t *testing.T) {
	for name, calls := range map[string][]TimelineCall{
		"zero":       {{}},
		"no time":    {{Purchase: 1, Attempt: 1}, {Purchase: 1, Attempt: 2, Began: began, Ended: began.Add(time.Nanosecond)}, {Began: began.Add(3)}},
		"backwards":  {{Purchase: -5, Attempt: -1, Began: began, Ended: began.Add(-time.Hour), Status: -1}},
		"for ever":   {{Began: began}, {Began: began.Add(1), Ended: began.Add(2)}, {Began: began.Add(3), Ended: began.Add(4)}, {Began: began.Add(math.MaxInt64)}},
		"many":       slices.Repeat(crowdOfCalls(), 5),
		"unreadable": {{Participant: "\x00\xff重い\n", Step: "\x00\n重い", Fault: "\n\x00重", Began: began, Ended: began.Add(time.Second), Status: math.MaxInt}},
	} {
		p, err := CallTimeline("", calls)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		checkPainted(t, name, p)
		if h := CallTimelineHeight("", calls); !(h > .8 && h < 40) {
			t.Errorf("%s is %v inches high", name, h)
		}
	}
	p, err := FaultMap("", []FaultCell{{Attempt: -1, Survived: -1, Broke: math.MaxInt, Step: "\x00", Skipped: map[string]int{"\x00": -1, "重い": math.MaxInt}}, {}}, "", "\x00")
	if err != nil {
		t.Fatal(err)
	}
	checkPainted(t, "hostile cells", p)
}

// TestCellsAreWhole: large counts get smaller letters, and are not cut.
func TestCellsAreWhole(t *testing.T) {
	p, err := FaultMap("", crowdOfCells())
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, text := range textsOf(t, p, FaultMapHeight("", crowdOfCells())) {
		if text.text == "123,456 survived" {
			n++
		}
	}
	if want := maxFaultRows * 8; n != want {
		t.Errorf("%d cells say how much survived, want %d", n, want)
	}
}

// TestNothingOfASearch: without calls there is a line to print.
func TestNothingOfASearch(t *testing.T) {
	if _, err := CallTimeline("x", nil); !errors.As(err, new(Nothing)) || err.Error() != "x: there is no call" {
		t.Errorf("no calls: %v, want Nothing", err)
	}
	if _, err := FaultMap("x", nil); !errors.As(err, new(Nothing)) || err.Error() != "x: no fault was tried" {
		t.Errorf("no cells: %v, want Nothing", err)
	}
	if CallTimelineHeight("x", nil) != Height || FaultMapHeight("x", nil) != Height {
		t.Error("a figure of nothing has a height of its own")
	}
}

func TestJapaneseSearchImages(t *testing.T) {
	inJapanese(t)
	checkHigh(t, "japanese_calls", CallTimelineHeight("Calls of an execution that violates C3", heldCharge()), func() (*plot.Plot, error) {
		return CallTimeline("Calls of an execution that violates C3", heldCharge())
	})
	checkHigh(t, "japanese_faults", FaultMapHeight("What the search has tried", certified()), func() (*plot.Plot, error) {
		return FaultMap("What the search has tried", certified())
	})
}
