package figure

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/internal/language"
)

// maxFaultRows is how many rows FaultMap draws.
const maxFaultRows = 40

// FaultMap draws what a search has tried, as a table of steps and faults: a row for each attempt
// of each step of the service and its participants, those of all purchases added, a column for
// each kind of fault. A cell is dark where a schedule with the fault broke a rule, green where all
// that were executed survived, hatched where all were skipped, gray where the call never
// happened, and has a dot where nothing was tried; in it stand the counts. A schedule of two faults
// counts in two cells. Why schedules were skipped stands below, under a letter.
//
// The lines of the caption follow, such as the sum of all schedules; each is broken where it is too
// long. A cell that counts nothing shows that its kind was not tried. Rows stand in the order of
// the cells, attempts of a step together; of more than 40 the first 40 are drawn. Draw it
// FaultMapHeight high.
//
// The error is Nothing when there is no cell: no fault was tried.
func FaultMap(title string, cells []FaultCell, caption ...string) (*plot.Plot, error) {
	if len(cells) == 0 {
		return nil, Nothing{oneLine(title, longTitle), "no fault was tried"}
	}
	t := newFaultTable(cells)
	p := newPlot("", "", "")
	setWrappedTitle(p, title)
	p.X.Label.Text = strings.Join(t.caption(caption), "\n")
	p.X.Min, p.X.Max, p.X.Tick.Marker = 0, float64(len(t.kinds)), t.columnTicks()
	p.Y.Min, p.Y.Max, p.Y.Tick.Marker = -float64(t.height), 0, t.rowTicks()
	p.X.Tick.Label.Font = t.columnStyle().Font
	for _, a := range []*plot.Axis{&p.X, &p.Y} {
		a.LineStyle.Color, a.Tick.Color, a.Tick.Length = color.Transparent, color.Transparent, 2
	}
	p.Add(t, legendWithin(faultTableWidth, t.legend()...))
	return p, nil
}

// FaultMapHeight returns the height in inches for which FaultMap lays out some cells.
func FaultMapHeight(title string, cells []FaultCell, caption ...string) float64 {
	if len(cells) == 0 {
		return Height
	}
	t := newFaultTable(cells)
	lines := len(t.caption(caption))
	height := t.height + titleHeight(title) + rowHeight*vg.Length(len(legendWithin(faultTableWidth, t.legend()...).rows)) +
		vg.Length(lines)*captionLine + 60
	return float64(height / vg.Inch)
}

// faultMapAxis is below the columns: the cells do not add up to the schedules.
const faultMapAxis = "fault that was done to the call; a schedule counts in the cell of each of its faults"

// captionLine is the height of a line of the caption.
const captionLine = vg.Length(11.6)

// caption returns the lines below the table: the axis, why schedules were skipped, and those given.
func (t *faultTable) caption(given []string) (lines []string) {
	var why []string
	for _, reason := range t.reasons {
		why = append(why, "("+t.letters[reason]+") "+oneLine(language.Text(reason), 200))
	}
	if len(why) > 0 {
		given = append([]string{language.Text("skipped because") + " " + strings.Join(why, "; ")}, given...)
	}
	for _, line := range append([]string{faultMapAxis}, given...) {
		lines = append(lines, wrapWords(oneLine(language.Text(line), 1000), faultTableWidth, textStyle(10))...)
	}
	return lines
}
