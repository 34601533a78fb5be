package runs

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sagalab/pkg/purchase"
)

// TestGroups are on disk what they are in memory, and their sums are the stage's.
func TestGroups(t *testing.T) {
	onDisk(t)
	rnd := rand.New(rand.NewPCG(1, 1))
	_, r := newRun(t)
	for i, n := range []int{0, 1, 1500, 3000} {
		list := randomRecords(rnd, fmt.Sprint("stage ", i), n)
		for k := range list {
			list[k].Operation.ProductID, list[k].Operation.UserID = purchase.ID(1+rnd.IntN(1+rnd.IntN(9))), purchase.ID(rnd.IntN(50)*rnd.IntN(50))
		}
		w := begin(t, r, fmt.Sprint("stage ", i), n)
		if err := w.Append(list); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(Complete, ""); err != nil {
			t.Fatal(err)
		}
	}
	stored, err := r.OpenStages()
	inMemory, err2 := r.Stages()
	if err != nil || err2 != nil || len(stored) != 4 || !stored[3].OnDisk() {
		t.Fatalf("%d stages on disk, %v, %v", len(stored), err, err2)
	}
	for name, of := range map[string]func([]Stage) [][]Group{
		"products": GroupByProduct,
		"7 users":  func(s []Stage) [][]Group { return GroupByUser(s, 7) },
		"1 user":   func(s []Stage) [][]Group { return GroupByUser(s, 1) },
		"users":    func(s []Stage) [][]Group { return GroupByUser(s, 0) },
	} {
		groups := of(inMemory)
		if got := of(stored); !reflect.DeepEqual(got, groups) {
			t.Errorf("%s: the groups on disk differ from those in memory", name)
		}
		for i, list := range groups {
			checkGroupSums(t, name, list, inMemory[i])
		}
		if name == "7 users" {
			checkEqualParts(t, groups[3], inMemory)
		}
	}
	for _, list := range GroupByProduct(inMemory)[2:] {
		if got := list[0]; got.From != 1 || got.IDs != 1 || got.Name() != "1" {
			t.Errorf("the first product is %+v, want 1, which is bought most", got)
		}
	}
	if none := GroupByUser(nil, 3); len(none) != 0 {
		t.Errorf("groups of no stages: %v", none)
	}
}

// checkGroupSums compares the sums of groups, and the percentiles of a single one, with the
// summary of their stage.
func checkGroupSums(t *testing.T, name string, list []Group, s Stage) {
	t.Helper()
	want, sum := Summarize(s), Group{}
	for _, g := range list {
		sum.Requests, sum.Success, sum.Failure = sum.Requests+g.Requests, sum.Success+g.Success, sum.Failure+g.Failure
		sum.Unknown, sum.Attempts = sum.Unknown+g.Unknown, sum.Attempts+g.Attempts
		if g.Stage != s.Stage || g.Requests == 0 || g.Amplification != float64(g.Attempts)/float64(g.Requests) || g.P50 > g.P95 || g.P95 > g.P99 {
			t.Errorf("%s of %s: group %+v", name, s.Stage, g)
		}
	}
	if sum.Requests != want.Requests || sum.Success != want.Success || sum.Failure != want.Failure || sum.Unknown != want.Unknown || sum.Attempts != want.Attempts {
		t.Errorf("%s of %s: the groups add up to %+v, want %+v", name, s.Stage, sum, want)
	}
	if len(list) == 1 && (list[0].P50 != want.P50 || list[0].P95 != want.P95 || list[0].P99 != want.P99) {
		t.Errorf("%s of %s: the only group has %+v, want the percentiles of %+v", name, s.Stage, list[0], want)
	}
}

// checkEqualParts: seven groups have the users of all stages, in the order of their ids.
func checkEqualParts(t *testing.T, list []Group, stages []Stage) {
	t.Helper()
	users := map[int64]bool{}
	for _, s := range stages {
		for _, o := range s.Operations {
			users[int64(o.UserID)] = true
		}
	}
	all := 0
	for i, g := range list {
		if all += g.IDs; g.IDs < len(users)/7 || g.IDs > len(users)/7+1 || g.From > g.To || i > 0 && g.From <= list[i-1].To {
			t.Errorf("group %d of 7 is %+v, of %d users", i, g, len(users))
		}
	}
	if all != len(users) || len(list) != 7 {
		t.Errorf("%d groups of %d users, want 7 of %d", len(list), all, len(users))
	}
}

func TestWeakGroups(t *testing.T) {
	for n, want := range map[int][]string{5: {"p95", "p99"}, 100_000: {}} {
		if got := (Group{Requests: n}).Weak(); !slices.Equal(got, want) {
			t.Errorf("weak percentiles of %d requests: %v, want %v", n, got, want)
		}
	}
	if got := (Group{From: 3, To: 9}).Name(); got != "3–9" {
		t.Errorf("the name is %q", got)
	}
}
