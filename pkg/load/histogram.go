package load

import (
	"math"
	"math/bits"
	"time"
)

// The histogram's buckets: one for each nanosecond below 2^(detail+1), and above
// it 2^detail in every octave, up to 2^octaves nanoseconds.
const (
	detail  = 6
	octaves = 42
	buckets = (octaves - detail + 1) << detail
)

// HistogramError is the most by which a Histogram's quantile differs from the
// value that was recorded, as a fraction of it.
const HistogramError = 1.0 / 128

// Histogram counts durations in buckets whose width grows with the duration, so
// that a quantile is off by at most HistogramError of its value, from
// nanoseconds to 73 minutes (the idea of HdrHistogram: Tene 2012). It takes
// 19 kB whatever it counts. Negative durations count as 0, longer ones as the
// longest; Max and Mean are exact. The zero value is empty and ready. Not safe
// for concurrent use.
type Histogram struct {
	counts [buckets]uint64
	count  uint64
	max    time.Duration
	sum    float64 // nanoseconds; an integer would overflow at 10⁷ durations of 1 h
}

// bucketOf is the bucket of v, which is not negative.
func bucketOf(v time.Duration) int {
	v = min(v, 1<<octaves-1)
	shift := max(0, bits.Len64(uint64(v))-detail-1)
	return shift<<detail + int(v>>shift)
}

// bucketRange returns the first duration of a bucket and its width.
func bucketRange(bucket int) (low, width time.Duration) {
	shift := max(0, bucket>>detail-1)
	return time.Duration(bucket-shift<<detail) << shift, 1 << shift
}

// Record counts d.
func (h *Histogram) Record(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)]++
	h.count++
	h.sum += float64(d)
	h.max = max(h.max, d)
}

// Count returns how many durations were recorded.
func (h *Histogram) Count() int { return int(h.count) }

// Max returns the longest duration that was recorded, 0 without any.
func (h *Histogram) Max() time.Duration { return h.max }

// Mean returns the mean of the durations that were recorded, 0 without any.
func (h *Histogram) Mean() time.Duration {
	if h.count == 0 {
		return 0
	}
	return time.Duration(math.Round(h.sum / float64(h.count)))
}

// Quantile returns the q-quantile, 0 ≤ q ≤ 1, by nearest rank as Quantile has it, to
// within HistogramError; 0 without any durations, and Max for q = 1.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(max(1, math.Ceil(q*float64(h.count))))
	if h.count == 0 || rank >= h.count {
		return h.max
	}
	var seen uint64
	for bucket, n := range h.counts {
		if seen += n; seen >= rank {
			low, width := bucketRange(bucket)
			return min(low+width/2, h.max)
		}
	}
	return h.max
}

// Merge adds to h what other has counted.
func (h *Histogram) Merge(other *Histogram) {
	for bucket, n := range other.counts {
		h.counts[bucket] += n
	}
	h.count += other.count
	h.sum += other.sum
	h.max = max(h.max, other.max)
}

// Reset empties h.
func (h *Histogram) Reset() { *h = Histogram{} }
