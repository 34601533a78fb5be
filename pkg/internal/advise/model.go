package advise

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// How many recorded attempts a simulated one is drawn from at least, and how much more attempts
// than were seen may be under way at once.
const (
	minPool  = 20
	nearest  = 40
	loadRoom = 1.25
)

// pool is the recorded attempts of one behaviour, after one reason or none, in the order of how
// many attempts were under way. The attempts to draw from at a number are near[number].
type pool struct {
	samples []sample
	near    [][2]int32 // by attempts under way: from, to
	// loadMatters is whether attempts end otherwise when more are under way.
	loadMatters bool
}

// model answers how a simulated attempt ends. It is not changed by drawing.
type model struct {
	first    []pool    // by behaviour
	after    [][]*pool // by behaviour and 1 + reason; nil where nothing is known
	least    []float64 // attempts under way, by behaviour
	most     []float64
	periods  []period
	censored time.Duration // the attempt timeout of the recording
}

// newModel makes the model of a recording. With rnd it is made of as many attempts drawn with
// replacement (Efron 1979), so that several models differ as several recordings would.
func newModel(r *Recording, rnd *rand.Rand) *model {
	behaviours := 0
	for _, p := range r.periods {
		behaviours = max(behaviours, p.behaviour+1)
	}
	m := &model{first: make([]pool, behaviours), after: make([][]*pool, behaviours), periods: r.periods, censored: r.Policy.AttemptTimeout,
		least: make([]float64, behaviours), most: make([]float64, behaviours)}
	lists := make([][][]sample, behaviours) // by behaviour and after
	for b := range lists {
		lists[b] = make([][]sample, len(r.reasons)+1)
		m.after[b], m.least[b] = make([]*pool, len(r.reasons)+1), math.Inf(1)
	}
	at := 0
	for _, x := range r.samples {
		for at+1 < len(r.periods) && r.periods[at+1].from <= x.at {
			at++
		}
		b := r.periods[at].behaviour
		lists[b][x.after] = append(lists[b][x.after], x)
		m.least[b], m.most[b] = min(m.least[b], float64(x.inFlight)), max(m.most[b], float64(x.inFlight))
	}
	for after := 1; after <= len(r.reasons); after++ {
		m.choose(lists, after, rnd)
	}
	most := slices.Max(m.most)
	for b := range lists {
		if m.first[b] = newPool(lists[b][0], rnd); !m.first[b].loadMatters {
			m.least[b], m.most[b] = 0, most
		}
	}
	return m
}

// choose decides from what attempts after a reason are drawn: of their own kind where there are
// enough. Where there are not, first attempts of the same time stand for them if, wherever both can be
// compared, they end alike; otherwise nothing does.
func (m *model) choose(lists [][][]sample, after int, rnd *rand.Rand) {
	alike := endAlike(lists, after)
	for b := range lists {
		own := lists[b][after]
		switch {
		case len(own) >= minPool && !alike:
			p := newPool(own, rnd)
			m.after[b][after] = &p
		case alike && len(own)+len(lists[b][0]) >= minPool:
			p := newPool(slices.Concat(own, lists[b][0]), rnd)
			m.after[b][after] = &p
		}
	}
}

// loadMatters reports whether the third of the samples that had the most attempts beside them end
// otherwise than the third that had the fewest. Where they do not, all are drawn from: else a
// few attempts that were sent alone would stand for all that ever are.
func loadMatters(byLoad []sample) bool {
	n := len(byLoad)
	low, high := byLoad[:n/3], byLoad[n-n/3:]
	if len(low) < minPool {
		return false
	}
	p := failures(byLoad)
	spread := 3 * math.Sqrt(2*max(p*(1-p), .01)/float64(len(low)))
	return math.Abs(failures(low)-failures(high)) > max(.05, spread) || !asFast(successes(low), successes(high))
}

// asFast reports whether the medians of two lists are within 15 %, or one has no times.
func asFast(a, b []time.Duration) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	slices.Sort(a)
	slices.Sort(b)
	ratio := a[len(a)/2].Seconds() / b[len(b)/2].Seconds()
	return ratio >= .85 && ratio <= 1.15
}

// endAlike reports whether attempts after a reason end as first attempts do at the same time: as
// often in a temporary failure (within 5 points, or 3 standard errors) and as fast (medians within 15 %).
func endAlike(lists [][][]sample, after int) bool {
	var n, failed, expected, variance float64
	var own, first []time.Duration
	for b := range lists {
		x, y := lists[b][after], lists[b][0]
		if len(y) < minPool {
			continue
		}
		p := failures(y)
		n, failed, expected = n+float64(len(x)), failed+failures(x)*float64(len(x)), expected+p*float64(len(x))
		variance += float64(len(x)) * max(p*(1-p), .01)
		own = append(own, successes(x)...)
		if len(x) > 0 {
			first = append(first, successes(y)...)
		}
	}
	if n < minPool {
		return false
	}
	return asFast(own, first) && math.Abs(failed-expected) <= max(.05*n, 3*math.Sqrt(variance))
}

func failures(list []sample) float64 {
	n := 0
	for i := range list {
		if list[i].ending >= throttled {
			n++
		}
	}
	return float64(n) / float64(max(1, len(list)))
}

func successes(list []sample) (latencies []time.Duration) {
	for i := range list {
		if list[i].ending == confirmed {
			latencies = append(latencies, list[i].latency)
		}
	}
	return latencies
}

// newPool returns a pool of the samples, with rnd of as many drawn with replacement.
func newPool(list []sample, rnd *rand.Rand) pool {
	p := pool{samples: slices.Clone(list)}
	byLoad := func(a, b sample) int { return cmp.Compare(a.inFlight, b.inFlight) }
	slices.SortStableFunc(p.samples, byLoad)
	p.loadMatters = loadMatters(p.samples)
	if rnd != nil {
		for i := range p.samples {
			p.samples[i] = list[rnd.IntN(len(list))]
		}
	}
	slices.SortStableFunc(p.samples, byLoad)
	n := len(p.samples)
	if n == 0 {
		return p
	}
	p.near = make([][2]int32, p.samples[n-1].inFlight+1)
	if !p.loadMatters {
		for load := range p.near {
			p.near[load] = [2]int32{0, int32(n)}
		}
		return p
	}
	from, to := 0, 0
	for load := range p.near {
		for from < n && int(p.samples[from].inFlight) < load {
			from++
		}
		for to < n && int(p.samples[to].inFlight) <= load {
			to++
		}
		low, high := from, to
		if missing := max(nearest, n/10) - (high - low); missing > 0 {
			low, high = max(0, low-(missing+1)/2), min(n, high+(missing+1)/2)
		}
		p.near[load] = [2]int32{int32(low), int32(high)}
	}
	return p
}

// draw returns how an attempt ends that is sent while others are under way. known is false
// where the recording does not say: then the first attempts of the time stand for it, so that the
// simulation can go on.
func (m *model) draw(behaviour int, after uint8, inFlight int, rnd *rand.Rand) (x *sample, known bool) {
	load := float64(inFlight)
	known = load <= loadRoom*m.most[behaviour]+2 && load >= m.least[behaviour]/2-2
	p := &m.first[behaviour]
	if after > 0 {
		if own := m.after[behaviour][after]; own != nil {
			p = own
		} else {
			known = false
		}
	}
	if len(p.samples) == 0 {
		return nil, false
	}
	window := p.near[min(inFlight, len(p.near)-1)]
	return &p.samples[int(window[0])+rnd.IntN(int(window[1]-window[0]))], known && len(p.samples) >= minPool
}
