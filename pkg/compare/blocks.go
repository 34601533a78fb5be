package compare

import "math"

// Requests that follow one another share the service's state: a queue, a garbage
// collection, a fault. Treating them as independent makes intervals too narrow.
// So the variance of a mean is estimated from blocks of consecutive requests
// (batch means; Conway 1963, Law and Carson 1979), with Student's t for as many
// degrees of freedom as there are blocks, less one.
//
// There are 30 blocks, beyond which more improve hardly anything (Schmeiser 1982);
// fewer when 30 blocks would be shorter than a round, which is as many requests as
// are in flight at once, because those see the same state; and at least 10.
const (
	maxBlocks = 30
	minBlocks = 10
)

// blocksFor returns the number of blocks for n requests of which round are in flight
// at once; round is 0 when that is not known.
func blocksFor(n, round int) int {
	rounds := maxBlocks
	if round > 0 {
		rounds = n / round
	}
	return min(n, min(max(rounds, minBlocks), maxBlocks))
}

// batchMeans is a mean with its variance as estimated from blocks.
type batchMeans struct {
	mean     float64
	variance float64 // of the mean
	// independentVariance is what variance would be if the values were independent; only
	// batchMeansOf sets it.
	independentVariance float64
	lag1                float64 // the correlation of neighbouring blocks
	blocks              int
}

// batchMeansOf cuts n values into blocks of consecutive ones, whose lengths differ by
// one at most.
func batchMeansOf(n, blocks int, value func(int) float64) batchMeans {
	if n == 0 || blocks < 1 {
		return batchMeans{mean: math.NaN(), variance: math.NaN()}
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
	s := fromBlockMeans(means)
	s.mean = total / float64(n)
	for i := range n {
		s.independentVariance += (value(i) - s.mean) * (value(i) - s.mean)
	}
	s.independentVariance /= float64(n) * float64(n)
	return s
}

// fromBlockMeans is batchMeansOf for blocks whose means are known. A positive
// correlation of neighbouring blocks raises the variance as for an autoregressive
// process (Steiger and others 2005); a negative one does not lower it.
func fromBlockMeans(means []float64) batchMeans {
	b := float64(len(means))
	s := batchMeans{blocks: len(means)}
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
	s.variance, s.lag1 = squares/(b*(b-1)), products/squares
	if lag := min(s.lag1, .9); lag > 0 {
		s.variance *= (1 + lag) / (1 - lag)
	}
	return s
}

// dependent reports whether neighbouring blocks are correlated beyond what chance does
// once in a hundred times: the blocks are too short, and the interval may be too narrow.
func (b batchMeans) dependent() bool { return b.lag1 > 2.33/math.Sqrt(float64(b.blocks)) }

// designEffect is variance ÷ independent (Kish 1965), at least 1; it is 1 where
// independent is 0.
func (b batchMeans) designEffect(independent float64) float64 {
	if !(independent > 0) {
		return 1
	}
	return max(1, b.variance/independent)
}

// effectiveN is how many independent values carry as much information as n values.
func (b batchMeans) effectiveN(n int) float64 {
	return float64(n) / b.designEffect(b.independentVariance)
}
