package figure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"sagalab/pkg/internal/language"
)

// faultTable is a plotter of the cells of a FaultMap. Columns are one unit wide; on the other axis
// a unit is a point.
type faultTable struct {
	kinds   []string
	rows    []faultRow
	heads   []laneHead // those that are asked
	height  vg.Length
	reasons []string          // why schedules were skipped, in the order of the cells
	letters map[string]string // of the reasons
	style   text.Style
}

// faultRow is one attempt of a step.
type faultRow struct {
	participant, step string
	attempt           int
	cells             []*FaultCell // by kind, nil where there is none
	name              string
	top, height       vg.Length
}

// faultTableWidth is no more than what is left for the cells beside the names of the rows.
const faultTableWidth = 5.6 * vg.Inch

// newFaultTable sorts cells into rows and columns.
func newFaultTable(cells []FaultCell) *faultTable {
	t := &faultTable{letters: map[string]string{}, style: textStyle(8)}
	for _, c := range cells {
		t.kinds = append(t.kinds, c.Fault)
	}
	slices.SortFunc(t.kinds, compareFaults)
	t.kinds = slices.Compact(t.kinds)
	for _, c := range cells {
		t.addReasons(c)
		row := t.row(c)
		column := slices.Index(t.kinds, c.Fault)
		if row.cells[column] == nil {
			row.cells[column] = &FaultCell{}
		}
		row.cells[column].add(c)
	}
	t.sortRows()
	t.fitCells()
	t.stackRows()
	return t
}

// addReasons gives letters to why schedules were skipped.
func (t *faultTable) addReasons(c FaultCell) {
	for _, why := range slices.Sorted(maps.Keys(c.Skipped)) {
		if n := len(t.reasons); why != "" && c.Skipped[why] > 0 && t.letters[why] == "" && n < 26 {
			t.letters[why] = string(rune('a' + n))
			t.reasons = append(t.reasons, why)
		}
	}
}

// row returns the row of a cell, a new one when there is none.
func (t *faultTable) row(c FaultCell) *faultRow {
	i := slices.IndexFunc(t.rows, func(r faultRow) bool {
		return r.participant == c.Participant && r.step == c.Step && r.attempt == c.Attempt
	})
	if i < 0 {
		i = len(t.rows)
		t.rows = append(t.rows, faultRow{participant: c.Participant, step: c.Step, attempt: c.Attempt, cells: make([]*FaultCell, len(t.kinds))})
	}
	return &t.rows[i]
}

// sortRows puts the service first and what belongs together together, else in the order of the cells.
func (t *faultTable) sortRows() {
	var who []string
	var steps [][2]string
	for _, r := range t.rows {
		who, steps = append(who, r.participant), append(steps, [2]string{r.participant, r.step})
	}
	place := func(participant string) int {
		if participant == "" {
			return -1
		}
		return slices.Index(who, participant)
	}
	slices.SortStableFunc(t.rows, func(a, b faultRow) int {
		return cmp.Or(cmp.Compare(place(a.participant), place(b.participant)),
			cmp.Compare(slices.Index(steps, [2]string{a.participant, a.step}), slices.Index(steps, [2]string{b.participant, b.step})),
			cmp.Compare(a.attempt, b.attempt))
	})
	t.rows = t.rows[:min(len(t.rows), maxFaultRows)]
}

// begins reports whether a row is the first one of its step.
func (t *faultTable) begins(i int) bool {
	return i == 0 || t.rows[i].participant != t.rows[i-1].participant || t.rows[i].step != t.rows[i-1].step
}

// The heights of a line in a cell and of a heading, and the width of the names of rows.
const (
	cellLine  = vg.Length(9.5)
	tableHead = vg.Length(13)
	rowNames  = vg.Length(140)
)

// stackRows places the rows below one another, with a heading for each one that is asked.
func (t *faultTable) stackRows() {
	for i := range t.rows {
		r := &t.rows[i]
		if i == 0 || r.participant != t.rows[i-1].participant {
			t.heads = append(t.heads, laneHead{askedName(r.participant), float64(t.height)})
			t.height += tableHead
		}
		r.name, r.top = t.nameOf(i), t.height
		lines := 1 + strings.Count(r.name, "\n")
		for _, c := range r.cells {
			lines = max(lines, len(c.lines(t.letters)))
		}
		r.height = vg.Length(lines)*cellLine + 7
		t.height += r.height
	}
}

// nameOf names the first row of each step by the step, the others by their attempts.
func (t *faultTable) nameOf(i int) string {
	r, style := t.rows[i], textStyle(9)
	attempt := language.Text(fmt.Sprintf("attempt %d", r.attempt))
	if !t.begins(i) {
		return attempt
	}
	name := cmp.Or(stepName(r.step), language.Text("request"))
	if whole := name + language.Text(fmt.Sprintf(", attempt %d", r.attempt)); style.Width(whole) <= rowNames {
		return whole
	}
	return elide(name, rowNames, style) + "\n" + attempt
}

func (t *faultTable) rowTicks() (ticks plot.ConstantTicks) {
	for _, r := range t.rows {
		ticks = append(ticks, plot.Tick{Value: -float64(r.top + r.height/2), Label: r.name})
	}
	return ticks
}

// columnWidth is the least width of a column.
func (t *faultTable) columnWidth() vg.Length { return faultTableWidth / vg.Length(len(t.kinds)) }

// columnStyle returns a style for the names of columns.
func (t *faultTable) columnStyle() text.Style {
	if len(t.kinds) > 7 {
		return textStyle(7)
	}
	return textStyle(8)
}

// fitCells chooses letters with which the lines of the cells fit, if small ones do.
func (t *faultTable) fitCells() {
	widest := func() (w vg.Length) {
		for _, r := range t.rows {
			for _, c := range r.cells {
				for _, line := range c.lines(t.letters) {
					w = max(w, t.style.Width(line))
				}
			}
		}
		return w
	}
	for size := vg.Length(8); size > 5.5 && widest() > t.columnWidth()-4; {
		size -= .5
		t.style = textStyle(size)
	}
}

// columnTicks names the kinds of faults, in words and as they are written in a schedule.
func (t *faultTable) columnTicks() (ticks plot.ConstantTicks) {
	style, room := t.columnStyle(), t.columnWidth()*.95
	for i, k := range t.kinds {
		words := wrapWords(faultWords(k), room, style)
		words = append(words[:min(2, len(words))], elide(oneLine(k, maxNameLetters), room, style))
		ticks = append(ticks, plot.Tick{Value: float64(i) + .5, Label: strings.Join(words, "\n")})
	}
	return padLines(ticks)
}

// legend explains the colours that are there.
func (t *faultTable) legend() (entries []entry) {
	for i, look := range cellLooks {
		has := func(r faultRow) bool {
			return slices.ContainsFunc(r.cells, func(c *FaultCell) bool { return c.result() == faultResult(i) })
		}
		if slices.ContainsFunc(t.rows, has) {
			entries = append(entries, entry{language.Text(look.words), func(c *draw.Canvas, r vg.Rectangle) { look.paint(c, r) }})
		}
	}
	return entries
}
