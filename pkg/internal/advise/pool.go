package advise

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
)

// pool is the numbers of recorded attempts of one behaviour, after one reason or none, in the order of
// how many attempts were under way.
type pool struct {
	samples []int32
	// near[n] is from where to where an attempt is drawn while n are under way.
	near [][2]int32
	// loadMatters is whether attempts end otherwise when more are under way.
	loadMatters bool
}

// newPool returns the pool of the samples with these numbers.
func (r *Recording) newPool(list []int32) pool {
	p := pool{samples: slices.Clone(list)}
	p.sort(r.samples)
	p.loadMatters = loadMatters(r.samples, p.samples)
	p.order(r.samples)
	return p
}

func (p *pool) sort(samples []sample) {
	slices.SortStableFunc(p.samples, func(a, b int32) int { return cmp.Compare(samples[a].inFlight, samples[b].inFlight) })
}

// order sorts the pool and fills near: with those beside which as many were under way, and then with
// their neighbours until there are enough, or with all where load does not matter.
func (p *pool) order(samples []sample) {
	p.sort(samples)
	n := len(p.samples)
	if n == 0 {
		return
	}
	p.near = make([][2]int32, samples[p.samples[n-1]].inFlight+1)
	from, to := 0, 0
	for load := range p.near {
		for from < n && int(samples[p.samples[from]].inFlight) < load {
			from++
		}
		for to < n && int(samples[p.samples[to]].inFlight) <= load {
			to++
		}
		low, high := from, to
		if missing := max(nearest, n/10) - (high - low); missing > 0 {
			low, high = max(0, low-(missing+1)/2), min(n, high+(missing+1)/2)
		}
		if !p.loadMatters {
			low, high = 0, n
		}
		p.near[load] = [2]int32{int32(low), int32(high)}
	}
}

// draw returns the number of a sample for an attempt beside which so many are under way. The pool is not empty.
func (p *pool) draw(inFlight int, rnd *rand.Rand) int32 {
	window := p.near[min(inFlight, len(p.near)-1)]
	return p.samples[int(window[0])+rnd.IntN(int(window[1]-window[0]))]
}

// loadMatters reports whether the third of the samples that had the most attempts beside them end
// otherwise than the third that had the fewest. Where they do not, all are drawn from: else a
// few attempts that were sent alone would stand for all that ever are.
func loadMatters(samples []sample, byLoad []int32) bool {
	n := len(byLoad)
	low, high := byLoad[:n/3], byLoad[n-n/3:]
	if len(low) < minPool {
		return false
	}
	p := failures(samples, byLoad)
	spread := 3 * math.Sqrt(2*max(p*(1-p), .01)/float64(len(low)))
	return math.Abs(failures(samples, low)-failures(samples, high)) > max(.05, spread) || !asFast(successes(samples, low), successes(samples, high))
}
