package advise

import (
	"math"
	"time"
)

// histogram counts times in bins of 1/256 of a power of two, which is within 0.2 % of each. The
// zero value has none.
type histogram struct{ bins []uint32 }

const shift = 23 - 8 // of the 23 bits of a float32's mantissa 8 are kept

// add counts d.
func (h *histogram) add(d time.Duration) {
	if h.bins == nil {
		h.bins = make([]uint32, binOf(1e12)+1)
	}
	h.bins[min(binOf(float32(d)), len(h.bins)-1)]++
}

func binOf(ns float32) int {
	return max(0, int(math.Float32bits(max(ns, 1))>>shift)-int(math.Float32bits(1)>>shift))
}

// at returns the time with a rank from 1 in ms, the middle of its bin; 0 without so many.
func (h *histogram) at(rank int) float64 {
	seen := 0
	for i, n := range h.bins {
		if seen += int(n); seen >= rank {
			from := math.Float32bits(1) + uint32(i)<<shift
			return float64(math.Float32frombits(from+1<<(shift-1))) / 1e6
		}
	}
	return 0
}
