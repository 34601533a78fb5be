package figure

import (
	"image/color"
	"slices"

	"sagalab/pkg/runs"
)

// palette is Okabe and Ito's for the colour-blind, except for its yellow, which is too
// pale for a line on white: Tol's wine replaces it. The first three are those of the
// well-known stages, from light to dark.
var palette = []color.NRGBA{
	{0xe6, 0x9f, 0x00, 0xff}, // orange
	{0x00, 0x9e, 0x73, 0xff}, // bluish green
	{0x00, 0x72, 0xb2, 0xff}, // blue
	{0xcc, 0x79, 0xa7, 0xff}, // reddish purple
	{0x56, 0xb4, 0xe9, 0xff}, // sky blue
	{0xd5, 0x5e, 0x00, 0xff}, // vermilion
	{0x88, 0x22, 0x55, 0xff}, // wine
	{0x00, 0x00, 0x00, 0xff}, // black
}

var wellKnown = []string{"light", "medium", "heavy"}

// stageColors returns the colour of each stage of a list. The well-known stages always
// have the same ones; others take, in the order of the list, the colours of no well-known
// stage and then those of well-known stages that are not in the list, so that the first
// len(palette) stages differ. It depends on the list only, so that one list has the same
// colours in every figure.
func stageColors(stages []runs.Stage) []color.NRGBA {
	given := map[string]int{} // name → place in the palette
	free := []int{3, 4, 5, 6, 7}
	for i, name := range wellKnown {
		at := slices.IndexFunc(stages, func(s runs.Stage) bool { return s.Stage == name })
		if at >= 0 {
			given[name] = i
		}
		if at < 0 || at >= len(palette) {
			free = append(free, i)
		}
	}
	colors := make([]color.NRGBA, len(stages))
	next := 0
	for i, s := range stages {
		place, ok := given[s.Stage]
		if !ok {
			place = free[next%len(free)]
			given[s.Stage] = place
			next++
		}
		colors[i] = palette[place]
	}
	return colors
}

// tint mixes a colour with white: share 0 is white, 1 the colour.
func tint(c color.NRGBA, share float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(255 - share*(255-float64(v)) + .5) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 0xff}
}

// contrastingColor returns the colour of a text on c: black or white, whichever differs
// more from it in brightness.
func contrastingColor(c color.NRGBA) color.Color {
	if .299*float64(c.R)+.587*float64(c.G)+.114*float64(c.B) > 100 {
		return color.Black
	}
	return color.White
}
