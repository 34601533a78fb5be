package compare

import "math"

// Requests that follow one another share the service's state: a queue, a pause
// of its collector, a fault. Treating them as independent makes intervals too
// narrow. So the variance of a figure is taken from blocks of consecutive
// requests (batch means; Conway 1963, Law and Carson 1979), with Student's t for
// as many degrees of freedom as there are blocks, less one.
//
// The rule for their number: 30, beyond which more bring hardly anything
// (Schmeiser 1982), so that a block is as long as it can be; fewer when 30 blocks
// would be shorter than a round, which is as many requests as are under way
// together, because these share what befalls them; and never fewer than 10.
const (
	mostBlocks  = 30
	leastBlocks = 10
)

// blocksFor is the number of blocks of n requests in rounds of a number, 0 when
// that is not known.
func blocksFor(n, round int) int {
	rounds := mostBlocks
	if round > 0 {
		rounds = n / round
	}
	return min(n, min(max(rounds, leastBlocks), mostBlocks))
}

// spread is what blocks tell of a mean.
type spread struct {
	mean     float64
	variance float64 // of the mean
	// independent is what the variance would be, were the values independent; it
	// is known to blockwise alone.
	independent float64
	lag         float64 // the correlation of neighbouring blocks
	blocks      int
}

// blockwise cuts n values into blocks of consecutive ones, equally long but for
// one value.
func blockwise(n, blocks int, value func(int) float64) spread {
	if n == 0 || blocks < 1 {
		return spread{mean: math.NaN(), variance: math.NaN()}
	}
	means := make([]float64, blocks)
	total := 0.
	for k := range means {
		from, to := k*n/blocks, (k+1)*n/blocks
		sum := 0.
		for i := from; i < to; i++ {
			sum += value(i)
		}
		total += sum
		means[k] = sum / float64(to-from)
	}
	s := spreadOf(means)
	s.mean = total / float64(n)
	for i := range n {
		s.independent += (value(i) - s.mean) * (value(i) - s.mean)
	}
	s.independent /= float64(n) * float64(n)
	return s
}

// spreadOf is blockwise of blocks whose means are known. Where neighbouring
// blocks still go together the variance is raised as for an autoregressive
// process (Steiger and others 2005); where they go apart it is not lowered.
func spreadOf(means []float64) spread {
	b := float64(len(means))
	s := spread{blocks: len(means)}
	for _, m := range means {
		s.mean += m / b
	}
	squares, products := 0., 0.
	for k, m := range means {
		squares += (m - s.mean) * (m - s.mean)
		if k > 0 {
			products += (m - s.mean) * (means[k-1] - s.mean)
		}
	}
	if squares <= 1e-24*b*s.mean*s.mean {
		return s // rounding
	}
	s.variance, s.lag = squares/(b*(b-1)), products/squares
	if lag := min(s.lag, .9); lag > 0 {
		s.variance *= (1 + lag) / (1 - lag)
	}
	return s
}

// dependent says that the blocks go together so much that chance does not do it
// once in a hundred times: they are too short, and the interval may be too narrow.
func (s spread) dependent() bool { return s.lag > 2.33/math.Sqrt(float64(s.blocks)) }

// effect is how many times the variance of independent values the variance is,
// the design effect (Kish 1965); 1 at least, and where that variance is 0.
func (s spread) effect(independent float64) float64 {
	if !(independent > 0) {
		return 1
	}
	return max(1, s.variance/independent)
}

// worth is how many independent values n values are worth.
func (s spread) worth(n int) float64 { return float64(n) / s.effect(s.independent) }
