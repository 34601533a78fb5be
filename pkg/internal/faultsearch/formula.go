package faultsearch

import "math"

// Formula is the number of schedules of at most Faults faults, where each call is tried again
// when a fault made it fail, and each call happens under every schedule.
//
// Each of the c calls of the execution without faults begins a chain: a fault may be done to
// its first attempt in K ways; a second attempt exists where the first one failed, which R of
// the K kinds make it do (not a duplicate, which is answered), and so on up to A attempts. So a
// chain with j faults on it has R^(j-1) K schedules, for 1 <= j <= A, and 1 for j = 0. Chains
// are independent, and the number of schedules of f faults is the coefficient of x^f in
//
//	(1 + K x + R K x² + … + R^(A-1) K x^A)^c
//
// With 2 faults that is 1 + cK + C(c,2) K² + c R K, for A >= 2. What a service does
// otherwise is counted apart (Covered.Added and Covered.Absent).
type Formula struct {
	Calls    int `json:"calls"`    // c
	Kinds    int `json:"kinds"`    // K
	Failing  int `json:"failing"`  // R
	Attempts int `json:"attempts"` // A
	Faults   int `json:"faults"`
}

// Count returns the number of schedules, math.MaxInt64 when it is larger.
func (f Formula) Count() int64 {
	chain := make([]int64, f.Faults+1)
	chain[0] = 1
	ways := int64(f.Kinds)
	for j := 1; j <= f.Faults && j <= f.Attempts; j++ {
		chain[j] = ways
		ways = times(ways, int64(f.Failing))
	}
	all := make([]int64, f.Faults+1)
	all[0] = 1
	for range f.Calls {
		all = product(all, chain)
	}
	sum := int64(0)
	for _, n := range all {
		sum = plus(sum, n)
	}
	return sum
}

// product multiplies two polynomials, up to the degree of a.
func product(a, b []int64) []int64 {
	c := make([]int64, len(a))
	for i := range a {
		for j := 0; i+j < len(a); j++ {
			c[i+j] = plus(c[i+j], times(a[i], b[j]))
		}
	}
	return c
}

// plus and times count without overflow, at most to math.MaxInt64.
func plus(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func times(a, b int64) int64 {
	if a != 0 && b > math.MaxInt64/a {
		return math.MaxInt64
	}
	return a * b
}
