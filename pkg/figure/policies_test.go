package figure

import (
	"errors"
	"math"
	"testing"

	"gonum.org/v1/plot"

	"sagalab/pkg/runs"
)

// policyPoints are costs of policies such as a recording gives.
func policyPoints() []PolicyPoint {
	point := func(name string, p99, amplification float64) PolicyPoint {
		return PolicyPoint{Name: name, P99: p99, P99Low: .9 * p99, P99High: 1.15 * p99, Amplification: amplification, AmplificationLow: amplification - .01, AmplificationHigh: amplification + .02}
	}
	list := []PolicyPoint{point("measured", 105, 1.134), point("no retries", 8, 1), point("grpc", 9, 1.004), point("sre-book", 8.2, 1.07), point("finagle", 25, 1.135),
		point("aws-since", 88, 1.131), point("aws-dynamodb-since", 44, 1.138), point("original", 1100, 1.132), point("5 attempts at once", 8.1, 1.143)}
	list[0].Measured = true
	for _, i := range []int{1, 3, 5, 8} {
		list[i].Front = true
	}
	list[8].Recommended = true
	for i := range 30 {
		list = append(list, point("", 10*math.Pow(1.1, float64(i)), 1.05+.003*float64(i%30)))
	}
	unclear := point("aws-before", 1800, 1.13)
	unclear.P99High, unclear.Unclear = math.Inf(1), true
	return append(list, unclear)
}

// TestPoliciesGoldenImage: the names stand apart, and the one that cannot be judged is counted.
func TestPoliciesGoldenImage(t *testing.T) {
	check(t, "policies", func([]runs.Stage) (*plot.Plot, error) { return Policies(policyPoints()) }, nil)
}

// TestPoliciesWithoutOneToDraw: a figure of nothing is none.
func TestPoliciesWithoutOneToDraw(t *testing.T) {
	all := policyPoints()
	unclear, measured := all[len(all)-1], all[0]
	for _, points := range [][]PolicyPoint{nil, {unclear}, {measured, unclear}} {
		_, err := Policies(points)
		if none := (Nothing{}); !errors.As(err, &none) {
			t.Errorf("%d points: %v, want Nothing", len(points), err)
		}
	}
}
