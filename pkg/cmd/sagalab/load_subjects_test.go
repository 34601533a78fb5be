package main

import (
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// TestSubjects are the users and products of all stages, each once.
func TestSubjects(t *testing.T) {
	plan := loadPlan{stages: parseStages(t, "a:500x5", "b:100/s@1s"), buyers: stageBuyers{Buyers: buyers.Mix{Users: buyers.Range(3, 7), Products: buyers.List(9, 2)}}}
	if got := plan.subjects(4); !slices.Equal(got.Users, []purchase.ID{3, 4, 5, 6, 7}) || !slices.Equal(got.Products, []purchase.ID{2, 9}) {
		t.Errorf("the subjects are %+v", got)
	}
	plan.buyers.Buyers = buyers.Mix{Users: buyers.Range(1, 1<<40)}
	if got := plan.subjects(4); len(got.Users) < 600 || len(got.Users) > subjectsMax {
		t.Errorf("%d users of two stages with 600 purchases", len(got.Users))
	}
}

// TestLackedBy: a fixture without a user or a product of the load is named before the load is sent.
func TestLackedBy(t *testing.T) {
	for _, tt := range []struct {
		fixture purchase.Fixture
		of      observe.Subjects
		want    string
	}{
		{buyers.Fixture(3, 2), observe.Subjects{Users: []purchase.ID{1, 3}, Products: []purchase.ID{1, 2}}, ""},
		{purchase.Plenty(), observe.Subjects{Users: []purchase.ID{1, 4}, Products: []purchase.ID{1}}, "Fixture f has no user 4, whose purchases will be refused; --fixture plenty:USERSxPRODUCTS makes more, at most about 26000 users, or 20000 products"},
		{purchase.Plenty(), observe.Subjects{Users: []purchase.ID{1}, Products: []purchase.ID{1, 2}}, "Fixture f has no product 2,"},
	} {
		if got := lackedBy(tt.fixture, "f", tt.of); got != tt.want && (tt.want == "" || !strings.HasPrefix(got, tt.want)) {
			t.Errorf("a fixture for %+v: %q, want %q", tt.of, got, tt.want)
		}
	}
}

// TestLoadSaysWhatTheFixtureLacks on stderr, and sends the load.
func TestLoadSaysWhatTheFixtureLacks(t *testing.T) {
	t.Setenv("SAGALAB_RUNS", t.TempDir())
	_, log, code, err := invoke(t, "load", "--api", reference(t), "--fixture", "plenty", "--stage", "s:60x4", "--users", "1..30", "--seed", "3")
	if code != 0 || !strings.Contains(log, "Fixture plenty has no user 4, whose purchases will be refused") {
		t.Errorf("code %d, %v; want the fixture named\n%s", code, err, log)
	}
}
