package store

import (
	"slices"
	"testing"
)

// TestGroupCommitter: items that wait while a group is committed form the next groups,
// in their order, and canJoin divides them.
func TestGroupCommitter(t *testing.T) {
	started, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	var groups [][]int
	c := groupCommitter[int]{
		commit: func(group []int) {
			if groups = append(groups, group); group[0] == 0 {
				close(started)
				<-release
			}
			if slices.Contains(group, 5) {
				close(done)
			}
		},
		canJoin: func(group []int, next int) bool { return len(group) < 2 && next != 4 },
	}
	c.submit(0)
	<-started
	for i := 1; i <= 5; i++ {
		c.submit(i)
	}
	close(release)
	<-done
	want := [][]int{{0}, {1, 2}, {3}, {4, 5}}
	if !slices.EqualFunc(groups, want, slices.Equal) {
		t.Errorf("groups are %v, want %v", groups, want)
	}
}

// TestBatchable: writers share a transaction only with other subjects.
func TestBatchable(t *testing.T) {
	w := func(subject string) *writer { return &writer{subject: subject} }
	for _, c := range []struct {
		group []*writer
		next  *writer
		want  bool
	}{
		{[]*writer{w("a")}, w("b"), true},
		{[]*writer{w("a"), w("b")}, w("a"), false},
		{[]*writer{w("")}, w("b"), false},
		{[]*writer{w("a")}, w(""), false},
	} {
		if got := batchable(c.group, c.next); got != c.want {
			t.Errorf("batchable(%d writers, %q) = %v, want %v", len(c.group), c.next.subject, got, c.want)
		}
	}
}
