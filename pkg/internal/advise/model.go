package advise

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// The attempts that a simulated one is drawn from: minPool is the fewest, nearest the fewest that had
// about as many beside them, loadRoom how many times more than the most recorded may be under way.
const (
	minPool  = 20
	nearest  = 40
	loadRoom = 1.25
)

// behaviour is what was recorded while the service behaved alike.
type behaviour struct {
	// first has the first attempts, and after[1 + reason] those that followed a failure for it.
	first pool
	after []followUps
	// least and most are how few and how many attempts were under way.
	least, most float64
}

// followUps are the attempts that followed a failure for one reason. pool is nil where too few were recorded. latencyFactor
// is how many times as long as those in the pool the ones take that confirm a purchase. shortest and longest
// are the waits before them for which they stand.
type followUps struct {
	pool              *pool
	latencyFactor     float64
	shortest, longest time.Duration
	// byWait has the pool's samples in the order of the waits before them, where these matter; else it is nil.
	byWait []int32
}

// model has the recorded attempts from which the simulated ones are drawn. Drawing does not change it.
type model struct {
	samples    []sample
	behaviours []behaviour
}

// groups are the numbers of a recording's samples, by behaviour and sample.after.
type groups [][][]int32

// newModel makes the model of a recording.
func newModel(r *Recording) *model {
	g := r.group()
	m := &model{samples: r.samples, behaviours: make([]behaviour, len(g))}
	for b := range m.behaviours {
		to := &m.behaviours[b]
		to.first, to.after, to.least = r.newPool(g[b][0]), make([]followUps, len(g[b])), math.Inf(1)
		for _, list := range g[b] {
			for _, i := range list {
				load := float64(r.samples[i].inFlight)
				to.least, to.most = min(to.least, load), max(to.most, load)
			}
		}
	}
	for after := 1; after <= len(r.reasons); after++ {
		alike, slower := r.endAlike(g, after)
		shortest, longest := r.waitsBefore(after)
		if alike { // whether it fails does not depend on the failure before, nor on what passed since
			longest = math.MaxInt64
		}
		for b := range m.behaviours {
			to := &m.behaviours[b]
			switch own := g[b][after]; {
			case len(own) >= minPool && !(alike && slower == 1):
				p := r.newPool(own)
				to.after[after] = followUps{&p, 1, shortest, longest, r.byWait(own)}
			case alike && len(to.first.samples) >= minPool:
				to.after[after] = followUps{&to.first, slower, shortest, longest, nil}
			}
		}
	}
	m.widenLoads()
	return m
}

// waitsBefore returns the range of waits for which the recorded attempts after a reason stand: how an attempt ends may
// depend on how long a service was given to recover. It is from half the shortest wait to one and a half of
// the longest, with 5 ms of room.
func (r *Recording) waitsBefore(after int) (shortest, longest time.Duration) {
	const room = 5 * time.Millisecond
	shortest = math.MaxInt64
	for i := range r.samples {
		if x := &r.samples[i]; int(x.after) == after {
			shortest, longest = min(shortest, x.waited), max(longest, x.waited)
		}
	}
	return shortest/2 - room, longest + longest/2 + room
}

// byWait returns the numbers of samples in the order of the waits before them when the third with the shortest waits
// fails more often or less than the third with the longest, beyond 5 points and 3 standard errors, and else nil.
func (r *Recording) byWait(list []int32) []int32 {
	sorted := sortedByWait(r.samples, list)
	n := len(sorted)
	short, long := sorted[:n/3], sorted[n-n/3:]
	if len(short) < minPool || r.samples[short[len(short)-1]].waited == r.samples[long[0]].waited {
		return nil
	}
	p := failures(r.samples, sorted)
	spread := 3 * math.Sqrt(2*max(p*(1-p), .01)/float64(len(short)))
	if math.Abs(failures(r.samples, short)-failures(r.samples, long)) <= max(.05, spread) {
		return nil
	}
	return sorted
}

func sortedByWait(samples []sample, list []int32) []int32 {
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b int32) int { return cmp.Compare(samples[a].waited, samples[b].waited) })
	return sorted
}

// drawByWait returns one of the nearest samples of sorted to a wait.
func (m *model) drawByWait(sorted []int32, wait time.Duration, rnd *rand.Rand) *sample {
	n := len(sorted)
	at, _ := slices.BinarySearchFunc(sorted, wait, func(i int32, w time.Duration) int { return cmp.Compare(m.samples[i].waited, w) })
	size := min(n, max(nearest, n/10))
	from := min(max(0, at-size/2), n-size)
	return &m.samples[sorted[from+rnd.IntN(size)]]
}

// widenLoads extends the range of loads to all that were recorded where load does not matter.
func (m *model) widenLoads() {
	most := 0.
	for b := range m.behaviours {
		most = max(most, m.behaviours[b].most)
	}
	for b := range m.behaviours {
		if to := &m.behaviours[b]; !to.first.loadMatters {
			to.least, to.most = 0, most
		}
	}
}

// group divides the samples.
func (r *Recording) group() groups {
	n := 0
	for _, p := range r.periods {
		n = max(n, p.behaviour+1)
	}
	g := make(groups, n)
	for b := range g {
		g[b] = make([][]int32, len(r.reasons)+1)
	}
	at := 0
	for i := range r.samples {
		x := &r.samples[i]
		for at+1 < len(r.periods) && r.periods[at+1].from <= x.at {
			at++
		}
		b := r.periods[at].behaviour
		g[b][x.after] = append(g[b][x.after], int32(i))
	}
	return g
}

// resampled returns a model of as many attempts, drawn from those of m with replacement (Efron 1979),
// so that several models differ as several recordings would.
func (m *model) resampled(rnd *rand.Rand) *model {
	out := &model{samples: m.samples, behaviours: slices.Clone(m.behaviours)}
	for b := range out.behaviours {
		from, to := &m.behaviours[b], &out.behaviours[b]
		to.first = m.resampledPool(&from.first, rnd)
		to.after = slices.Clone(from.after)
		for after, f := range from.after {
			switch {
			case f.pool == nil:
			case f.pool == &from.first:
				to.after[after].pool = &to.first
			default:
				own := m.resampledPool(f.pool, rnd)
				to.after[after].pool = &own
				if f.byWait != nil {
					to.after[after].byWait = sortedByWait(m.samples, own.samples)
				}
			}
		}
	}
	return out
}

func (m *model) resampledPool(p *pool, rnd *rand.Rand) pool {
	out := pool{samples: make([]int32, len(p.samples)), loadMatters: p.loadMatters}
	for i := range out.samples {
		out.samples[i] = p.samples[rnd.IntN(len(p.samples))]
	}
	out.order(m.samples)
	return out
}

// endAlike reports whether attempts after a reason end in a failure as often as first attempts do at the
// same time (within 5 points, or 3 standard errors), and how many times as long those take that
// confirm a purchase: 1 when that is within 15 %, or within chance.
func (r *Recording) endAlike(g groups, after int) (alike bool, slower float64) {
	var n, failed, expected, variance float64
	var ratios []float64 // of latencies to the median first attempt of the same behaviour
	for b := range g {
		x, y := g[b][after], g[b][0]
		if len(y) < minPool || len(x) == 0 {
			continue
		}
		p := failures(r.samples, y)
		count := float64(len(x))
		n, failed, expected = n+count, failed+failures(r.samples, x)*count, expected+p*count
		variance += count * max(p*(1-p), .01) * (1 + count/float64(len(y))) // of both fractions
		ratios = append(ratios, ratiosToMedian(successes(r.samples, x), successes(r.samples, y))...)
	}
	slower = medianRatio(ratios)
	enough := n >= minPool && (slower == 1 || len(ratios) >= minPool)
	return enough && math.Abs(failed-expected) <= max(.05*n, 3*math.Sqrt(variance)), slower
}

// ratiosToMedian returns the ratios of some times to the median of others, which it sorts; none when
// there are no others.
func ratiosToMedian(times, others []time.Duration) (ratios []float64) {
	if len(others) == 0 {
		return nil
	}
	slices.Sort(others)
	median := others[len(others)/2].Seconds()
	for _, x := range times {
		ratios = append(ratios, x.Seconds()/median)
	}
	return ratios
}

// medianRatio returns the median of ratios, which it sorts, or 1 when it is within 15 % of that, the fraction
// below 1 is within 3 standard errors of a half, or there are none.
func medianRatio(ratios []float64) float64 {
	if len(ratios) == 0 {
		return 1
	}
	slices.Sort(ratios)
	below, n := 0., float64(len(ratios))
	for _, v := range ratios {
		if v < 1 {
			below++
		}
	}
	median := ratios[len(ratios)/2]
	if median >= .85 && median <= 1.15 || math.Abs(below/n-.5) <= 3*math.Sqrt(.25/n) {
		return 1
	}
	return median
}

// failures returns the fraction of the samples with these numbers that may be retried.
func failures(samples []sample, list []int32) float64 {
	n := 0
	for _, i := range list {
		if samples[i].ending >= retryAfter {
			n++
		}
	}
	return float64(n) / float64(max(1, len(list)))
}

// successes returns the latencies of the samples with these numbers that confirmed a purchase.
func successes(samples []sample, list []int32) (latencies []time.Duration) {
	for _, i := range list {
		if samples[i].ending == confirmed {
			latencies = append(latencies, samples[i].latency)
		}
	}
	return latencies
}

// asFast reports whether the medians of two lists are within 15 %, or one has no times. It sorts them.
func asFast(a, b []time.Duration) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	slices.Sort(a)
	slices.Sort(b)
	ratio := a[len(a)/2].Seconds() / b[len(b)/2].Seconds()
	return ratio >= .85 && ratio <= 1.15
}

// draw returns a recorded attempt for one that is sent while inFlight others are under way, after a failure and a wait
// or as the first. known is false where fewer than minPool such attempts were recorded, after that failure or at
// all, after such a wait (waitsBefore), or more or fewer were under way than loadRoom allows; the simulation goes on with a first attempt then. x is nil where there are none.
func (m *model) draw(number int, after uint8, wait time.Duration, inFlight int, rnd *rand.Rand) (x *sample, known bool) {
	b := &m.behaviours[number]
	load := float64(inFlight)
	known = load <= loadRoom*b.most+2 && load >= b.least/2-2
	p, slower := &b.first, 1.
	if after > 0 {
		f := &b.after[after]
		known = known && f.pool != nil && wait >= f.shortest && wait <= f.longest
		if f.byWait != nil {
			return m.drawByWait(f.byWait, wait, rnd), known
		}
		if f.pool != nil {
			p, slower = f.pool, f.latencyFactor
		}
	}
	if len(p.samples) == 0 {
		return nil, false
	}
	x = &m.samples[p.draw(inFlight, rnd)]
	if slower != 1 && x.ending == confirmed {
		scaled := *x
		scaled.latency = time.Duration(slower * float64(x.latency))
		x = &scaled
	}
	return x, known && len(p.samples) >= minPool
}
