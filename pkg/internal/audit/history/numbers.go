package history

import (
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"time"
)

// Forever is the end of an interval without an end.
const Forever = math.MaxInt64

// Multiply returns a × b, 0 when one is negative, and at most the largest int64.
func Multiply(a, b int64) int64 {
	if a < 0 || b < 0 {
		return 0
	}
	high, low := bits.Mul64(uint64(a), uint64(b))
	if high != 0 || low > math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(low)
}

// Sum adds numbers up without wrapping around. The zero value is 0.
type Sum struct {
	Value    int64
	Overflow bool // it left the range of int64, and Value means nothing
}

// Add adds x.
func (s *Sum) Add(x int64) {
	next := s.Value + x
	if x > 0 && next < s.Value || x < 0 && next > s.Value {
		s.Overflow = true
	}
	s.Value = next
}

// Distance returns |a − b|, at most the largest int64.
func Distance(a, b int64) int64 {
	d := Sum{Value: max(a, b)}
	if m := min(a, b); m == math.MinInt64 {
		return math.MaxInt64
	} else {
		d.Add(-m)
	}
	if d.Overflow {
		return math.MaxInt64
	}
	return d.Value
}

// Nanoseconds returns t in nanoseconds since 1970; ok is false for the zero time
// and outside the years that fit.
func Nanoseconds(t time.Time) (ns int64, ok bool) {
	const most = math.MaxInt64 / int64(time.Second)
	if s := t.Unix(); t.IsZero() || s <= -most || s >= most {
		return 0, false
	}
	return t.UnixNano(), true
}

// endOf returns start plus a latency in milliseconds; ok is false when that is not
// a valid latency.
func endOf(start int64, ms float64) (ns int64, ok bool) {
	const most = 1e12 // 30 years
	if !(ms >= 0 && ms <= most) {
		return start, false
	}
	end := Sum{Value: start}
	end.Add(int64(math.Round(ms * 1e6)))
	return end.Value, !end.Overflow
}

// FormatMS writes nanoseconds as milliseconds with one decimal.
func FormatMS(ns int64) string { return fmt.Sprintf("%.1f ms", float64(ns)/1e6) }

// Counted returns n and what n things are called: "1 order", "2 orders".
func Counted(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}
