package buyers

import "math"

// chunkRows is how many rows a chunk of a column has.
const chunkRows = 1 << 16

// column is a list of numbers, in chunks, so that it grows without being
// copied. The zero value is empty.
type column struct {
	chunks []chunk
	rows   int
}

// chunk is up to chunkRows numbers: narrow ones, to which base is added, while all are from
// base to base + 2³² − 1. Numbers below 2³² have one base, and purchase.IDs that are texts.
type chunk struct {
	base   int64 // a multiple of 2³²
	narrow []uint32
	wide   []int64
}

func (c *column) add(v int64) {
	if c.rows%chunkRows == 0 {
		c.chunks = append(c.chunks, chunk{base: v &^ math.MaxUint32})
	}
	last := &c.chunks[len(c.chunks)-1]
	if v&^math.MaxUint32 != last.base && last.wide == nil {
		last.widen()
	}
	if last.wide != nil {
		last.wide = append(last.wide, v)
	} else {
		last.narrow = append(last.narrow, uint32(v))
	}
	c.rows++
}

func (c *chunk) widen() {
	c.wide = make([]int64, len(c.narrow), len(c.narrow)+1)
	for i, v := range c.narrow {
		c.wide[i] = c.base + int64(v)
	}
	c.narrow = nil
}

// at returns number i.
func (c *column) at(i int) int64 {
	k := &c.chunks[i/chunkRows]
	if k.wide != nil {
		return k.wide[i%chunkRows]
	}
	return k.base + int64(k.narrow[i%chunkRows])
}
