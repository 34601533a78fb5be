package claims

import (
	"fmt"
	"image"
	"image/color"
)

// stroke is about how thick a curve is drawn, in pixels.
const stroke = 4

// Curves is an error unless the legend has as many colours as names, and each has a
// curve in the data that is not flat: it is higher than a fiftieth of the data. How high a
// distribution is beside others depends on the speed of the machine.
func (p Picture) Curves(names ...string) error {
	_, err := p.curves(max(p.data().Dy()/50, 2*stroke), names)
	return err
}

// curves returns what the curves of the legend's colours cover together. The error says that
// the legend has not as many colours as there are names, or that a curve is not least pixels
// high.
func (p Picture) curves(least int, names []string) (all image.Rectangle, err error) {
	colors := p.Legend()
	if len(colors) != len(names) {
		return all, fmt.Errorf("its legend has %d colours, want %d for %q", len(colors), len(names), names)
	}
	for i, c := range colors {
		r, pixels := p.Extent(c)
		if pixels == 0 || r.Dy() < least {
			return all, fmt.Errorf("its curve of %s is flat: %d pixels high, want %d or more", names[i], r.Dy(), least)
		}
		all = all.Union(r)
	}
	return all, nil
}

// series is an error unless the legend has as many colours as names, each has a curve that is more than a horizontal line,
// and all together are higher than a tenth of the data. On a busy machine purchases that start together take nearly the
// same time, so that no single curve has to be high.
func (p Picture) series(names ...string) error {
	all, err := p.curves(2*stroke, names)
	if err != nil {
		return err
	}
	if least := p.data().Dy() / 10; all.Dy() < least {
		return fmt.Errorf("its curves are flat: together %d pixels high, want %d or more", all.Dy(), least)
	}
	return nil
}

// place is where a colour's pixels are on average between two parts of the picture's
// height, as a part of its width; false when there are none.
func (p Picture) place(c color.RGBA, top, bottom float64) (x float64, ok bool) {
	r := p.part(top, bottom)
	r.Min.X = p.data().Min.X
	sum, n := 0, 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if p.at(x, y) == c {
				sum, n = sum+x, n+1
			}
		}
	}
	if n == 0 {
		return 0, false
	}
	return float64(sum) / float64(n) / float64(p.image.Rect.Dx()), true
}

// rightOf is an error unless the curve of the legend's colour with index a lies to the
// right of that with index b between the shares of 90 % and 95 %, by a tenth of the
// width or more. The picture is one of shares, whose lines it goes by: a caption below
// it, which not every figure has, moves them.
func (p Picture) rightOf(a, b int) error {
	colors := p.Legend()
	if len(colors) <= max(a, b) {
		return fmt.Errorf("its legend has %d colours", len(colors))
	}
	return p.colorRightOf(colors[a], colors[b])
}

// colorRightOf is rightOf for the curves of two colours, for a legend of more than one row.
func (p Picture) colorRightOf(a, b color.RGBA) error {
	lines := p.lines()
	if len(lines) < linesToNinetyFive {
		return fmt.Errorf("it has %d horizontal lines, want one for each of the shares", len(lines))
	}
	top, bottom := lines[len(lines)-linesToNinetyFive], lines[len(lines)-linesToNinetyFive+1]
	right, ok := p.place(a, top, bottom)
	left, too := p.place(b, top, bottom)
	if !ok || !too || right < left+.1 {
		return fmt.Errorf("the one curve is at %.2f of the width and the other at %.2f, want it to the right", right, left)
	}
	return nil
}

// linesToNinetyFive is the how many-th line from below is that of 95 %: the axis, 5, 25,
// 50, 75, 90 and 95 %.
const linesToNinetyFive = 7

// lines is where the horizontal lines of the data are, from the top downwards, as parts
// of the picture's height.
func (p Picture) lines() (list []float64) {
	d := p.part(legendBottom, .95)
	last := -2
	for y := d.Min.Y; y < d.Max.Y; y++ {
		gray := 0
		for x := d.Min.X; x < d.Max.X; x++ {
			if c := p.at(x, y); c.R < 0xfa && !saturated(c) {
				gray++
			}
		}
		if gray < d.Dx()*7/10 {
			continue
		}
		if y > last+1 {
			list = append(list, float64(y)/float64(p.image.Rect.Dy()))
		}
		last = y
	}
	return list
}

// Teeth is an error unless the curve of the legend's colour with an index is high in
// the last fifth of each of so many equal periods: by 60 % of its height or more.
func (p Picture) Teeth(index, periods int) error {
	colors := p.Legend()
	if len(colors) <= index {
		return fmt.Errorf("its legend has %d colours", len(colors))
	}
	curve, _ := p.Extent(colors[index])
	for k := range periods {
		last := curve
		last.Max.X = curve.Min.X + (k+1)*curve.Dx()/periods
		last.Min.X = last.Max.X - curve.Dx()/periods/5
		r, _ := p.extentIn(last, colors[index])
		if high := curve.Max.Y - r.Min.Y; r.Empty() || high < curve.Dy()*6/10 {
			return fmt.Errorf("its curve is %d of %d pixels high at the end of period %d of %d, want a tooth", high, curve.Dy(), k+1, periods)
		}
	}
	return nil
}
