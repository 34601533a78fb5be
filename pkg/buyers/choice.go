package buyers

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"

	"sagalab/pkg/internal/keyed"
	"sagalab/pkg/purchase"
)

// MaxTable is the most values of a Choice that has a weight for each of them: a list, weights
// or a Zipf distribution.
const MaxTable = 1_000_000

// maxWeights is the largest sum of weights, up to which a float64 has every integer.
const maxWeights = 1 << 53

// Choice says which number or id a purchase has, such as its user, and how that is drawn.
// Make one with One, Range, List, IDs, Weighted or Zipf, or read it with ParseChoice. The zero value
// is no choice: its place in a Mix says what is taken then. A Choice does not change, and
// is safe for concurrent use. What is wrong with one, Mix.Validate reports.
type Choice struct{ *table }

// table is what a Choice is drawn from.
type table struct {
	first, last int64   // a range; both 0 for a list
	list        []int64 // nil for a range; an ID that is a text is the number that it is inside
	weights     []int64 // of a list's values, nil when they are alike
	inOrder     bool
	exponent    float64 // of a Zipf distribution, else 0

	sums []float64 // sums[k] is the weight of the values up to number k; nil when all are alike
	err  error
}

// One always takes v, which is at least 1.
func One(v int64) Choice { return List(v) }

// Range takes a number from first to last, both included, each as often. first is at least
// 1, last at least first.
func Range(first, last int64) Choice {
	t := &table{first: first, last: last}
	switch {
	case first < 1:
		t.err = fmt.Errorf("the range %d..%d begins below 1", first, last)
	case last < first:
		t.err = fmt.Errorf("the range %d..%d ends before it begins", first, last)
	}
	return Choice{t}
}

// List takes one of the values, each as often. They are at least 1 and differ; there are 1
// to MaxTable.
func List(values ...int64) Choice {
	return listOf(values, func(v int64) bool { return v >= 1 })
}

// IDs is List for users, products and payment methods whose ids may be texts.
func IDs(ids ...purchase.ID) Choice {
	values := make([]int64, len(ids))
	for i, id := range ids {
		values[i] = int64(id)
	}
	return listOf(values, valid)
}

// valid reports whether a value is a number of at least 1, or an ID that is a text.
func valid(v int64) bool { return purchase.ID(v).Valid() }

func listOf(values []int64, valid func(int64) bool) Choice {
	t := &table{list: slices.Clone(values)}
	seen := make(map[int64]bool, min(len(values), MaxTable))
	switch {
	case len(values) == 0:
		t.err = errors.New("the list is empty")
	case len(values) > MaxTable:
		t.err = fmt.Errorf("the list has %d values, want at most %d", len(values), MaxTable)
	}
	for _, v := range values {
		switch {
		case t.err != nil:
			return Choice{t}
		case !valid(v):
			t.err = fmt.Errorf("%d is below 1", purchase.ID(v))
		case seen[v]:
			t.err = fmt.Errorf("the list has %d twice; weights such as 1:3,2:1 make one more frequent", purchase.ID(v))
		}
		seen[v] = true
	}
	return Choice{t}
}

// Weighted takes one of the keys of weights as often as its weight says: {1: 3, 2: 1} takes
// 1 three times as often as 2. Keys and weights are at least 1, the weights add up to at
// most 2⁵³.
func Weighted(weights map[int64]int64) Choice {
	values := slices.Sorted(maps.Keys(weights))
	list := make([]int64, len(values))
	for i, v := range values {
		list[i] = weights[v]
	}
	return weighted(List(values...), list)
}

// weighted is a list with a weight for each value.
func weighted(c Choice, weights []int64) Choice {
	if c.err != nil {
		return c
	}
	c.weights, c.sums = weights, make([]float64, len(weights))
	total := int64(0)
	for k, w := range weights {
		switch {
		case w < 1:
			c.err = fmt.Errorf("%d has the weight %d, want at least 1", purchase.ID(c.list[k]), w)
			return c
		case w > maxWeights-total:
			c.err = errors.New("the weights add up to more than 2⁵³")
			return c
		}
		total += w
		c.sums[k] = float64(total)
	}
	return c
}

// Zipf takes a number from first to last by a Zipf distribution: number k of them, from 1,
// 1/k^exponent times as often as the first. There are at most MaxTable numbers, and the
// exponent is above 0 and at most 100: at 1.1 the first of 20 takes 31 % of the purchases.
func Zipf(first, last int64, exponent float64) Choice {
	return zipf(Range(first, last), exponent)
}

func zipf(c Choice, exponent float64) Choice {
	if c.err != nil {
		return c
	}
	t := *c.table
	t.exponent = exponent
	switch n := t.size(); {
	case !(exponent > 0 && exponent <= 100):
		t.err = fmt.Errorf("the exponent of zipf is %v, want a number above 0, at most 100", exponent)
	case n > MaxTable:
		t.err = fmt.Errorf("zipf has %d values, want at most %d", n, MaxTable)
	default:
		t.sums = make([]float64, n)
		total := 0.0
		for k := range t.sums {
			total += math.Pow(float64(k+1), -exponent)
			t.sums[k] = total
		}
	}
	return Choice{&t}
}

// InOrder returns a choice that takes the values of c in their order, purchase number i the
// i-th, and after the last one the first again. Weights and zipf do not go with it.
func (c Choice) InOrder() Choice {
	if c.table == nil || c.err != nil {
		return c
	}
	t := *c.table
	if t.inOrder = true; t.sums != nil {
		t.err = errors.New("in-order takes each value as often: leave out the weights or zipf")
	}
	return Choice{&t}
}

// size is the number of values.
func (t *table) size() int64 {
	if t.list != nil {
		return int64(len(t.list))
	}
	return t.last - t.first + 1
}

// value is value number k, from 0.
func (t *table) value(k int64) int64 {
	if t.list != nil {
		return t.list[k]
	}
	return t.first + k
}

// Constant reports whether c takes the same number for every purchase, as the zero value
// does.
func (c Choice) Constant() bool {
	_, is := c.constant(1)
	return is
}

// constant returns the only value of c, otherwise when c is the zero value, and whether it
// has one only.
func (c Choice) constant(otherwise int64) (int64, bool) {
	switch {
	case c.table == nil:
		return otherwise, true
	case c.err == nil && c.size() == 1:
		return c.value(0), true
	}
	return 0, false
}

// text returns the first ID of c that is a text, false when all are numbers.
func (c Choice) text() (purchase.ID, bool) {
	if c.table != nil {
		for _, v := range c.list {
			if _, number := purchase.ID(v).Number(); !number {
				return purchase.ID(v), true
			}
		}
	}
	return 0, false
}

// idAt is at for a user, a product or a payment method.
func (c Choice) idAt(seed uint64, what keyed.ID, i int, otherwise purchase.ID) purchase.ID {
	return purchase.ID(c.at(seed, what, i, int64(otherwise)))
}

// at returns the value of purchase number i, otherwise when c is the zero value. what is
// the same for all draws of one kind.
func (c Choice) at(seed uint64, what keyed.ID, i int, otherwise int64) int64 {
	if v, is := c.constant(otherwise); is {
		return v
	}
	n := c.size()
	if c.inOrder {
		return c.value(int64(i) % n)
	}
	f := what.Fraction(seed, 0, uint64(i))
	if c.sums != nil {
		f *= c.sums[n-1]
		return c.value(min(n-1, int64(sort.Search(int(n), func(k int) bool { return c.sums[k] > f }))))
	}
	return c.value(min(n-1, int64(f*float64(n))))
}
