package buyers

import (
	"math"
	"testing"
)

// TestColumn: numbers of any size come back, in whichever chunk they are.
func TestColumn(t *testing.T) {
	value := func(i int) int64 {
		switch i {
		case 0, chunkRows - 1, 2*chunkRows + 5:
			return math.MaxInt64 - int64(i)
		case 2*chunkRows + 4, 3 * chunkRows:
			return math.MaxUint32
		}
		if i >= 4*chunkRows { // as IDs that are texts
			return math.MinInt64 + int64(i)
		}
		return int64(i)
	}
	var c column
	for i := range 4*chunkRows + 2 {
		c.add(value(i))
	}
	for i := range c.rows {
		if got := c.at(i); got != value(i) {
			t.Fatalf("number %d is %d, want %d", i, got, value(i))
		}
	}
	if c.chunks[1].wide != nil || c.chunks[4].wide != nil || c.chunks[0].narrow != nil {
		t.Error("want a chunk of small numbers narrow, one of texts, too, and one with a large number wide")
	}
}
