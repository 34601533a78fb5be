package load

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"
)

// histogramVersion is the first byte of an encoded histogram. Those of another
// version, which may have other buckets, are refused.
const histogramVersion = 1

// MarshalBinary encodes h in a few bytes for each bucket that counted something:
// the version, the longest duration, the sum, then pairs of how many buckets to
// go on by and what that one counted, all but the sum as unsigned varints. It
// never fails.
func (h *Histogram) MarshalBinary() ([]byte, error) {
	b := []byte{histogramVersion}
	b = binary.AppendUvarint(b, uint64(h.max))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(h.sum))
	last := -1
	for bucket, n := range h.counts {
		if n > 0 {
			b = binary.AppendUvarint(b, uint64(bucket-last))
			b = binary.AppendUvarint(b, n)
			last = bucket
		}
	}
	return b, nil
}

// maxCount leaves room to merge thousands of the fullest that are accepted.
const maxCount = 1 << 48

var errHistogram = errors.New("not an encoded histogram")

// UnmarshalBinary replaces h by what MarshalBinary encoded. Anything else is refused,
// and leaves h unchanged.
func (h *Histogram) UnmarshalBinary(b []byte) error {
	if len(b) == 0 || b[0] != histogramVersion {
		return fmt.Errorf("%w of version %d: want that of a process of the same build", errHistogram, histogramVersion)
	}
	r := varints{b: b[1:]}
	var d Histogram
	longest := r.next()
	d.sum = math.Float64frombits(r.fixed())
	last := -1
	for len(r.b) > 0 && !r.bad {
		gap, n := r.next(), r.next()
		if gap < 1 || gap > uint64(buckets-1-last) || n < 1 || n > maxCount-d.count {
			r.bad = true
			break
		}
		last += int(gap)
		d.counts[last] = n
		d.count += n
	}
	d.max = time.Duration(longest)
	if r.bad || longest > math.MaxInt64 || !d.plausible(last) {
		return fmt.Errorf("%w: its %d bytes are cut short or damaged", errHistogram, len(b))
	}
	*h = d
	return nil
}

// plausible reports whether the longest duration is in the last bucket that counted
// something, and the sum what the buckets allow but for rounding.
func (h *Histogram) plausible(last int) bool {
	if last < 0 {
		return h.max == 0 && math.Float64bits(h.sum) == 0
	}
	low, high := 0.0, 0.0
	for bucket, n := range h.counts[:last+1] {
		first, width := bucketRange(bucket)
		low += float64(first) * float64(n)
		high += float64(min(first+width, h.max)) * float64(n)
	}
	if last == buckets-1 { // whose durations are as long as the longest
		high += float64(h.max) * float64(h.counts[last])
	}
	const rounding = 1e-6
	return bucketOf(h.max) == last && h.sum >= low*(1-rounding) && h.sum <= high*(1+rounding)
}

// varints reads numbers; bad is set when one is cut short or too long.
type varints struct {
	b   []byte
	bad bool
}

func (va *varints) next() uint64 {
	v, n := binary.Uvarint(va.b)
	if n <= 0 {
		va.bad = true
		return 0
	}
	va.b = va.b[n:]
	return v
}

func (va *varints) fixed() uint64 {
	if len(va.b) < 8 {
		va.bad, va.b = true, nil
		return 0
	}
	v := binary.BigEndian.Uint64(va.b)
	va.b = va.b[8:]
	return v
}
