package figure

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// market makes stages of purchases of so many products by so many users: product n is bought
// 1/n as often as product 1. Those of product 1 wait, product 2 is sold out half-way, and the
// last fifth of the users has no money.
func market(products, users int, names ...string) (stages []runs.Stage) {
	for i, name := range names {
		s := stage(shape{name: name, requests: 2000 * (i + 1), centre: 10 + 10*float64(i), retried: .02, failing: .5, reasons: []string{"http_503"}})
		var weights []int
		for n := range products {
			for range max(1, 1000/(n+1)) {
				weights = append(weights, n+1)
			}
		}
		for k := range s.Operations {
			o := &s.Operations[k]
			o.ProductID, o.UserID = purchase.ID(weights[k*7919%len(weights)]), purchase.ID(1+k*104729%users)
			switch {
			case o.ProductID == 1:
				o.LatencyMS *= 3
			case o.ProductID == 2 && k > len(s.Operations)/2:
				fail(o, "out_of_stock")
			case o.UserID > purchase.ID(users*4/5):
				fail(o, "insufficient_balance")
			}
		}
		stages = append(stages, s)
	}
	return stages
}

func byFiveUsers(stages []runs.Stage) (*plot.Plot, error) { return ByUser(stages, 5) }
func byOneUser(stages []runs.Stage) (*plot.Plot, error)   { return ByUser(stages, 1) }

func TestGoldenGroups(t *testing.T) {
	check(t, "products_market", ByProduct, market(20, 100, "light", "heavy"))
	check(t, "products_few", ByProduct, market(3, 10, "medium"))
	check(t, "products_crowded", ByProduct, crowdedMarket())
	check(t, "users_market", byFiveUsers, market(20, 100, "light", "heavy"))
	check(t, "users_twelve", func(s []runs.Stage) (*plot.Plot, error) { return ByUser(s, 12) }, market(5, 1_000_000, "light", "medium", "heavy"))
	check(t, "products_calm", ByProduct, calm())
}

// crowdedMarket is six stages of long names, of products with ids as long.
func crowdedMarket() []runs.Stage {
	stages := market(40, 100, "light", "checkout-during-sale", "medium", "heavy", "WWWWWWWWWWWWWWWWWWWWWWWWW", "soak")
	for i := range stages {
		for k := range stages[i].Operations {
			o := &stages[i].Operations[k]
			o.ProductID += math.MaxInt64 - 100
			o.LatencyMS *= float64(1 + o.ProductID%50)
		}
	}
	return stages
}

func TestGroupsOfHostileStages(t *testing.T) {
	sets := hostile()
	sets["crowded market"] = crowdedMarket()
	for set, stages := range sets {
		for name, draw := range map[string]func([]runs.Stage) (*plot.Plot, error){"products": ByProduct, "users": byOneUser} {
			p, err := draw(stages)
			var none Nothing
			switch {
			case err == nil:
				checkPainted(t, name+" of "+set, p)
				checkMargins(t, name+" of "+set, p)
			case !errors.As(err, &none):
				t.Errorf("%s of %s: %v", name, set, err)
			}
		}
	}
}

func TestNumberOfGroups(t *testing.T) {
	stages := market(3, 30, "a", "b", "c", "d", "e", "f", "g", "h")
	for _, tt := range []struct {
		stages, groups int
		want           string
	}{{1, 12, ""}, {1, 13, "room for 1 to 12"}, {1, 0, "room for 1 to 12"}, {8, 6, ""}, {8, 7, "a figure of 8 stages has room for 1 to 6"}} {
		_, err := ByUser(stages[:tt.stages], tt.groups)
		if (tt.want == "") != (err == nil) || !strings.Contains(fmt.Sprint(err), tt.want) {
			t.Errorf("%d groups of %d stages: %v, want %q", tt.groups, tt.stages, err, tt.want)
		}
	}
}
