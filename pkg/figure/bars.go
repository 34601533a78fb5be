package figure

import (
	"fmt"
	"image/color"
	"strconv"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"

	"sagalab/pkg/frame"
	"sagalab/pkg/load"
)

// Bars draws a bar for each row of a frame, as high as its value in the column y, at its value
// in the column x, a text or a number, in a colour for each value of the column by, "" for
// one colour.
//
//	counts := nb.Must(frame.GroupBy(lab.Frame(), []string{"stage", "outcome"}, frame.Count()))
//	nb.Plot(figure.Bars(counts, "stage", "rows", "outcome"))
//
// It wants one row for each pair of x and by, such as frame.GroupBy returns, and is an error
// where there are two, where a number is negative, and where there are more than 24 values of x,
// 8 of by or 60 bars. Rows without a number in y have no bar, and a line below the figure counts
// them.
func Bars(df dataframe.DataFrame, x, y, by string) (*plot.Plot, error) {
	texts, err := asTexts(df, x)
	if err != nil {
		return nil, err
	}
	d, err := readFrame(texts, x, y, by, true)
	if err != nil {
		return nil, err
	}
	if err := d.checkBars(x, y, by); err != nil {
		return nil, err
	}
	p := newPlot(d.title, "", "")
	p.X.Label.Text, p.Y.Label.Text = columnLabel(x), columnLabel(y)
	room := dataWidth / vg.Length(len(d.xNames))
	beside := len(d.groups)
	if by == x {
		beside = 1
	}
	share := .8 / float64(beside)
	bars := d.bars(share, beside)
	addVerticalBars(p, newVerticalBars(bars, room*vg.Length(share)))
	p.X.Min, p.X.Max = -.5, float64(len(d.xNames))-.5
	p.X.Tick.Marker, p.Y.Tick.Marker = categoryTicks(d.xNames, p.X.Tick.Label), evenTicks(d.yWhole)
	p.X.Tick.Color = color.Transparent
	d.addLegend(func(l *legend) { p.Add(l) }, func(name string, g frameGroup) entry { return areaEntry(g.legendName(), swatch{g.color, plain}) })
	addWarningLines(p, d.notes)
	return p, nil
}

func (g frameGroup) legendName() string { return oneLine(g.name, maxNameLetters) }

// bars returns a bar for each row, so many beside one another; share is how wide one is.
func (d *frameData) bars(share float64, beside int) (bars []stackedBar) {
	for i, g := range d.groups {
		aside := (float64(i%beside) - float64(beside-1)/2) * share
		for j := range g.x {
			bars = append(bars, stackedBar{at: g.x[j] + aside, width: share * .92,
				parts: []part{{size: g.y[j], swatch: swatch{g.color, plain}}}, label: d.barLabel(g.y[j])})
		}
	}
	return bars
}

// barLabel writes the number at the end of a bar.
func (d *frameData) barLabel(v float64) string {
	if d.yWhole {
		return formatNumber(v, 0)
	}
	return load.FormatNumber(v)
}

// asTexts returns the frame with its column x as texts, in the order of their numbers.
func asTexts(df dataframe.DataFrame, x string) (dataframe.DataFrame, error) {
	texts, err := frame.Texts(df, x)
	if err != nil || kindOf(df, x) == series.String {
		return df, err
	}
	rows := make([]int, 0, len(texts))
	for _, name := range inOrder(texts, true) {
		for i, t := range texts {
			if t == name {
				rows = append(rows, i)
			}
		}
	}
	sorted := df.Subset(rows)
	column := make([]string, len(rows))
	for i, row := range rows {
		column[i] = texts[row]
		if v, err := strconv.ParseFloat(column[i], 64); err == nil && finite(v) && kindOf(df, x) == series.Float {
			column[i] = strconv.FormatFloat(load.RoundForDisplay(v), 'f', -1, 64)
		}
	}
	out := sorted.Mutate(series.New(column, series.String, x))
	return out, out.Err
}

// maxFrameBars is how many bars can be told apart.
const maxFrameBars = 60

func (d *frameData) checkBars(x, y, by string) error {
	if err := d.checkNotMerged(by); err != nil {
		return err
	}
	n := 0
	for _, g := range d.groups {
		seen := map[float64]bool{}
		for i, at := range g.x {
			if n++; n > maxFrameBars {
				return fmt.Errorf("more than %d bars: choose rows with frame.Top or frame.Where", maxFrameBars)
			}
			if g.y[i] < 0 {
				return fmt.Errorf("%s has a negative number, %v: draw it with figure.Lines or figure.Scatter", y, g.y[i])
			}
			if seen[at] {
				return fmt.Errorf("two rows have %s: one bar is drawn for each, so group them first, as in frame.GroupBy(df, []string{%q}, frame.Sum(%q))", pair(x, d.xNames[int(at)], by, g.name), x, y)
			}
			seen[at] = true
		}
	}
	return nil
}

// pair names the values of one or two columns.
func pair(x, xValue, by, byValue string) string {
	if by == "" {
		return fmt.Sprintf("%s %q", x, xValue)
	}
	return fmt.Sprintf("%s %q and %s %q", x, xValue, by, byValue)
}
