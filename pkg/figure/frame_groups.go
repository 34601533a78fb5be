package figure

import (
	"cmp"
	"fmt"
	"image/color"
	"slices"
	"strconv"

	"github.com/go-gota/gota/dataframe"
	"github.com/go-gota/gota/series"

	"sagalab/pkg/frame"
	"sagalab/pkg/internal/language"
)

// frameGroup is the rows of a frame that have one value in the column by.
type frameGroup struct {
	name  string
	color color.NRGBA
	x, y  []float64
}

// frameData is what a figure of a frame draws.
type frameData struct {
	groups []frameGroup
	title  string
	notes  []string
	// xNames are the values of a column of texts, whose places stand in x; nil for numbers.
	xNames []string
	// xWhole and yWhole say that a column has whole numbers only.
	xWhole, yWhole bool
	// xScale and yScale choose the scales of the axes.
	xScale, yScale axisScale
	// merged says that the last group is of several values of by.
	merged bool
}

// readFrame reads the columns x and y of a frame as groups by the column by, one group for
// "". Rows without a number in one of them are left out and counted in a note.
func readFrame(df dataframe.DataFrame, x, y, by string, categories bool) (d frameData, err error) {
	d.title = frameTitle(x, y, by)
	ys, err := frame.Numbers(df, y)
	if err != nil {
		return d, err
	}
	xs, err := d.readX(df, x, categories)
	if err != nil {
		return d, err
	}
	names := make([]string, len(xs))
	if by != "" {
		if names, err = frame.Texts(df, by); err != nil {
			return d, err
		}
	}
	d.yWhole = kindOf(df, y) == series.Int
	d.group(xs, ys, names, by != "" && kindOf(df, by) != series.String)
	left := 0
	for _, g := range d.groups {
		left += len(g.x)
	}
	switch {
	case df.Nrow() == 0:
		return d, Nothing{d.title, "the frame has no rows"}
	case left == 0:
		return d, Nothing{d.title, fmt.Sprintf("none of %s rows has a number in both %s and %s", formatCount(df.Nrow()), x, y)}
	case left < df.Nrow():
		d.notes = append(d.notes, language.Text(fmt.Sprintf("%s of %s rows are left out: no number in %s or %s", formatCount(df.Nrow()-left), formatCount(df.Nrow()), x, y)))
	}
	d.limitGroups()
	d.colorGroups()
	return d, nil
}

// kindOf returns the kind of a column that the frame has.
func kindOf(df dataframe.DataFrame, column string) series.Type {
	return df.Types()[slices.Index(df.Names(), column)]
}

// readX returns the numbers of the column x, or the places of its texts among xNames.
func (d *frameData) readX(df dataframe.DataFrame, x string, categories bool) ([]float64, error) {
	texts, err := frame.Texts(df, x)
	if err != nil {
		return nil, err
	}
	kind := kindOf(df, x)
	d.xWhole = kind == series.Int
	if !categories || kind == series.Int || kind == series.Float {
		return frame.Numbers(df, x)
	}
	d.xNames = inOrder(texts, false)
	if len(d.xNames) > maxCategories {
		return nil, fmt.Errorf("%s has %d different texts: a figure shows %d at most; choose some with frame.Where, or group them with frame.GroupBy and frame.Top", x, len(d.xNames), maxCategories)
	}
	return placesIn(d.xNames, texts), nil
}

// maxCategories is how many texts an axis has room for.
const maxCategories = 24

// inOrder returns each different text once: in the order of their numbers, or as they first
// appear.
func inOrder(texts []string, numbers bool) (names []string) {
	seen := map[string]bool{}
	for _, t := range texts {
		if !seen[t] {
			seen[t] = true
			names = append(names, t)
		}
	}
	if numbers {
		slices.SortStableFunc(names, func(a, b string) int {
			v, _ := strconv.ParseFloat(a, 64) // 0 for a bool
			w, _ := strconv.ParseFloat(b, 64)
			return cmp.Compare(v, w)
		})
	}
	return names
}

func placesIn(names, texts []string) []float64 {
	at := map[string]float64{}
	for i, name := range names {
		at[name] = float64(i)
	}
	values := make([]float64, len(texts))
	for i, t := range texts {
		values[i] = at[t]
	}
	return values
}

// group divides the rows by their names.
func (d *frameData) group(xs, ys []float64, names []string, numbers bool) {
	list := inOrder(names, numbers)
	slices.SortStableFunc(list, func(a, b string) int { return cmp.Compare(outcomeRank(a), outcomeRank(b)) })
	d.groups = make([]frameGroup, len(list))
	for i, name := range list {
		d.groups[i].name = name
	}
	at := placesIn(list, names)
	for i := range xs {
		if finite(xs[i]) && finite(ys[i]) {
			g := &d.groups[int(at[i])]
			g.x, g.y = append(g.x, xs[i]), append(g.y, ys[i])
		}
	}
}

// limitGroups puts the smallest of more groups than there are colours into one, in gray, which is
// the last.
func (d *frameData) limitGroups() {
	if len(d.groups) <= len(palette) {
		return
	}
	sizes := make([]int, len(d.groups))
	for i, g := range d.groups {
		sizes[i] = len(g.x)
	}
	slices.Sort(sizes)
	least := sizes[len(sizes)-len(palette)+1]
	others := frameGroup{color: gray}
	var kept []frameGroup
	for _, g := range d.groups {
		if len(g.x) >= least && len(kept) < len(palette)-1 {
			kept = append(kept, g)
			continue
		}
		others.x, others.y = append(others.x, g.x...), append(others.y, g.y...)
	}
	others.name = language.Text(fmt.Sprintf("%d others", len(d.groups)-len(kept)))
	d.groups, d.merged = append(kept, others), true
}

// colorGroups gives each group the colour of its value.
func (d *frameData) colorGroups() {
	groups := d.groups
	if d.merged {
		groups = groups[:len(groups)-1]
	}
	names := make([]string, len(groups))
	for i, g := range groups {
		names[i] = g.name
	}
	for i, c := range valueColors(names) {
		groups[i].color = c
	}
}

// all returns the values of all groups.
func (d *frameData) all(of func(frameGroup) []float64) (values []float64) {
	for _, g := range d.groups {
		values = append(values, of(g)...)
	}
	return values
}

// checkNotMerged is an error when a group is of several values of by, whose rows are no line
// and no bar.
func (d *frameData) checkNotMerged(by string) error {
	if d.merged {
		return fmt.Errorf("%s has more than %d values: choose some with frame.Where or frame.Top", by, len(palette))
	}
	return nil
}

// addLegend adds a legend of the groups when they have names.
func (d *frameData) addLegend(add func(*legend), sample func(name string, g frameGroup) entry) {
	if len(d.groups) == 1 && d.groups[0].name == "" {
		return
	}
	entries := make([]entry, len(d.groups))
	for i, g := range d.groups {
		entries[i] = sample(oneLine(g.name, maxNameLetters)+", n = "+formatCount(len(g.x)), g)
	}
	add(newLegend(entries...))
}
