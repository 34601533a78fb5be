package live

import (
	"math"
	"strings"
)

var (
	bars      = []rune("▁▂▃▄▅▆▇█")
	asciiBars = []rune("_.:-=+*#")
)

// spark draws a figure of each point as a character, from 0 to its largest: only
// 0 has the lowest bar, so that one failure among many is seen, and a gap is a
// space.
func spark(points []point, of func(point) float64) string {
	most := largest(points, of)
	var b strings.Builder
	for _, p := range points {
		v := of(p)
		switch {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case most == 0 || v <= 0:
			b.WriteRune(bars[0])
		default:
			b.WriteRune(bars[max(1, min(len(bars)-1, int(math.Ceil(v/most*float64(len(bars)-1)))))])
		}
	}
	return b.String()
}

// toASCII is the nearest character that any terminal has; none for a mark on
// another.
func toASCII(r rune) rune {
	for i, bar := range bars {
		if r == bar {
			return asciiBars[i]
		}
	}
	switch r {
	case '–':
		return '-'
	case '…':
		return '~'
	case '✓':
		return '+'
	case '✗', '×':
		return 'x'
	case 'µ':
		return 'u'
	}
	if runeColumns(r) == 0 {
		return -1
	}
	if r > 126 {
		return '?'
	}
	return r
}
