package retry

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// Backoff is how long to wait after a failed attempt. List, when not empty, is
// the waits themselves, the last one repeated; otherwise the n-th wait is
// First × Factor^(n−1), at most Max. The zero value does not wait.
type Backoff struct {
	List   []time.Duration
	First  time.Duration
	Factor float64
	// Max caps a wait, jitter included but for Around; 0 means no cap.
	Max time.Duration
}

// Fixed returns a backoff of exactly these waits, the last one repeated.
func Fixed(waits ...time.Duration) Backoff { return Backoff{List: waits} }

// Seconds returns a backoff of exactly these waits in seconds, the last one
// repeated: Seconds(1, 2, 4) waits 1 s before attempt 2.
func Seconds(waits ...float64) Backoff {
	list := make([]time.Duration, len(waits))
	for i, s := range waits {
		list[i] = time.Duration(s * float64(time.Second))
	}
	return Fixed(list...)
}

// Exponential returns a backoff that starts at first and doubles up to max; 0 for
// max means no cap.
func Exponential(first, max time.Duration) Backoff {
	return Backoff{First: first, Factor: 2, Max: max}
}

// Wait returns the wait after failed attempt n, n ≥ 1, without jitter: Wait(1) is
// the wait before attempt 2.
func (b Backoff) Wait(n int) time.Duration {
	w := b.First
	if len(b.List) > 0 {
		w = b.List[min(n, len(b.List))-1]
	} else if n > 1 {
		x := float64(b.First) * math.Pow(b.Factor, float64(n-1))
		w = time.Duration(min(x, float64(math.MaxInt64/2))) // far beyond any cap, short of overflow
	}
	return b.capped(w)
}

func (b Backoff) capped(w time.Duration) time.Duration {
	if b.Max > 0 {
		return min(w, b.Max)
	}
	return w
}

// String describes the waits: "waits [1s 2s 4s]", "waits from 10ms, doubled each
// time, up to 1s" or "no wait".
func (b Backoff) String() string {
	var text string
	switch waits := len(b.List) > 0; {
	case !waits && b.First == 0, waits && slices.Max(b.List) == 0:
		return "no wait"
	case waits:
		text = fmt.Sprintf("waits %v", b.List)
	case b.Factor == 1:
		text = fmt.Sprintf("waits %v", b.First)
	case b.Factor == 2:
		text = fmt.Sprintf("waits from %v, doubled each time", b.First)
	default:
		text = fmt.Sprintf("waits from %v, × %v each time", b.First, b.Factor)
	}
	if b.Max > 0 {
		text += fmt.Sprintf(", up to %v", b.Max)
	}
	return text
}

// Jitter is how a wait is spread, after Marc Brooker, "Exponential Backoff And
// Jitter", AWS Architecture Blog, 2015.
type Jitter string

// The kinds of jitter. With w the backoff's wait and p the wait before the last
// attempt (the first wait to begin with):
const (
	NoJitter     Jitter = ""             // w
	Full         Jitter = "full"         // uniform in [0, w]
	Equal        Jitter = "equal"        // w/2 + uniform in [0, w/2]
	Decorrelated Jitter = "decorrelated" // uniform in [first wait, 3p], at most Max
	Around       Jitter = "around"       // w × uniform in [0.8, 1.2), gRPC's, which may be more than Max
)

// Wait returns the wait after failed attempt n, n ≥ 1, with jitter from rnd; last
// is the wait before attempt n, 0 before the first. rnd is not used without jitter.
func (p Policy) Wait(n int, last time.Duration, rnd *rand.Rand) time.Duration {
	return p.WaitAfter(Transient, n, last, rnd)
}

// WaitAfter is Wait after attempt n failed with f: it depends on ThrottledFirst, too.
func (p Policy) WaitAfter(f Failure, n int, last time.Duration, rnd *rand.Rand) time.Duration {
	if f == Throttled && p.ThrottledFirst > 0 {
		p.Backoff.First = p.ThrottledFirst
	}
	w := p.Backoff.Wait(n)
	switch p.Jitter {
	case Around:
		return time.Duration(float64(w) * (0.8 + 0.4*rnd.Float64()))
	case Full:
		return uniform(rnd, 0, w)
	case Equal:
		return uniform(rnd, w/2, w)
	case Decorrelated:
		first := p.Backoff.Wait(1)
		return p.Backoff.capped(uniform(rnd, first, 3*max(last, first)))
	}
	return w
}

func uniform(rnd *rand.Rand, low, high time.Duration) time.Duration {
	if high <= low {
		return low
	}
	return low + time.Duration(rnd.Int64N(int64(high-low)+1))
}
