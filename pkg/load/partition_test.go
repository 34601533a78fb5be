package load

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// place is what must be the same however a stage is divided.
type place struct {
	index, user int
	scheduled   time.Duration
}

// places runs all partitions of a stage side by side and returns what they served,
// by index, with the sums of their reports.
func places(t *testing.T, s Stage, of int, seed uint64) (list []place, sum Report) {
	t.Helper()
	base := time.Now()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for n := range of {
		wg.Go(func() {
			r, err := RunWorkload(t.Context(), workload(t, s, Partition{n, of}), seed, func(context.Context, Arrival) int {
				time.Sleep(10 * time.Millisecond)
				return 0
			}, func(b Batch[int]) error {
				mu.Lock()
				defer mu.Unlock()
				for _, x := range b.Samples {
					list = append(list, place{x.Index, x.User, x.Scheduled.Sub(base)})
				}
				return nil
			})
			if err != nil {
				t.Errorf("%v, partition %d of %d: %v", s, n, of, err)
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Planned, sum.Started, sum.Dropped, sum.Cap = sum.Planned+r.Planned, sum.Started+r.Started, sum.Dropped+r.Dropped, sum.Cap+r.Cap
		})
	}
	wg.Wait()
	slices.SortFunc(list, func(a, b place) int { return cmp.Compare(a.index, b.index) })
	return list, sum
}

// TestPartitionsAreTheStage: whatever the load, its partitions have the operations that
// one process has: the same numbers, in the open model the same moments, and
// where users have operations of their own the same users.
func TestPartitionsAreTheStage(t *testing.T) {
	for _, text := range []string{
		"shared:103x20", "each:3x17,each,think=30ms", "open:333/s@2s", "poisson:333/s@2s,poisson", "ramp:0..40/s@2s,100/s@1s,poisson,cap=90",
	} {
		for _, of := range []int{2, 3, 4, 7} {
			synctest.Test(t, func(t *testing.T) {
				s, err := ParseStage(text)
				if err != nil {
					t.Fatal(err)
				}
				want, one := places(t, s, 1, 5)
				got, all := places(t, s, of, 5)
				for _, list := range [][]place{want, got} {
					for i := range list {
						if s.Open() || !s.PerUser { // which user is free is chance
							list[i].user = 0
						}
						if !s.Open() {
							list[i].scheduled = 0
						}
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: %d partitions serve %d operations, want the %d of one process", text, of, len(got), len(want))
				}
				if all.Started != one.Started || all.Planned != one.Planned || all.Dropped != one.Dropped {
					t.Errorf("%s: %d partitions report %+v, want %+v", text, of, all, one)
				}
			})
		}
	}
}

// TestPartitionsOfUsers: of ramping users each partition has every n-th, at any
// moment as many in all as the ramp says.
func TestPartitionsOfUsers(t *testing.T) {
	s := Stage{Name: "s", Users: slices.Concat(Ramp(0, 23, time.Second), Ramp(23, 4, time.Second))}
	for offset, users := range s.userSteps() {
		for of := 1; of <= 5; of++ {
			sum := 0
			for n := range of {
				sum += Partition{n, of}.count(users)
			}
			if sum != users {
				t.Errorf("at %v: %d partitions have %d users, want %d", offset, of, sum, users)
			}
		}
	}
	synctest.Test(t, func(t *testing.T) {
		list, _ := places(t, s, 4, 0)
		users := map[int]bool{}
		for _, p := range list {
			users[p.user] = true
		}
		if len(users) != 23 {
			t.Errorf("4 partitions of a ramp to 23 users have %d users", len(users))
		}
		for i := 1; i < len(list); i++ {
			if list[i].index == list[i-1].index {
				t.Fatalf("index %d was given twice", list[i].index)
			}
		}
	})
}

func TestPartitionCounts(t *testing.T) {
	for _, text := range []string{"a:1000x200", "a:7x7", "a:5x9,each", "a:1000/s@3s,cap=10", "a:777/s@3s,poisson,cap=11"} {
		s, err := ParseStage(text)
		if err != nil {
			t.Fatal(err)
		}
		total := len(slices.Collect(s.Schedule(9)))
		if !s.Open() {
			total = s.Planned()
		}
		for of := 1; of <= min(7, s.MaxPartitions()); of++ {
			planned, connections := 0, 0
			for n := range of {
				h := Partition{n, of}
				if err := h.Validate(s); err != nil {
					t.Errorf("%s: %v", text, err)
				}
				planned += s.Split(of, 9)[n]
				connections += h.Connections(s)
			}
			if planned != total || connections != s.Connections() {
				t.Errorf("%s: %d partitions plan %d operations with %d connections, want %d with %d", text, of, planned, connections, total, s.Connections())
			}
		}
	}
}

func TestPartitionIsRefused(t *testing.T) {
	for _, tt := range []struct {
		text string
		h    Partition
		want string
	}{
		{"a:1000x3", Partition{0, 4}, "among 3 processes at most, not 4"},
		{"a:2x50", Partition{0, 4}, "among 2 processes at most"},
		{"a:100/s@1s,cap=2", Partition{2, 3}, "among 2 processes at most"},
		{"a:0..3u@1s", Partition{0, 4}, "among 3 processes at most"},
		{"a:1000x30", Partition{4, 4}, "partition 4 of 4 does not exist"},
		{"a:1000x30", Partition{-1, 4}, "partition -1 of 4 does not exist"},
	} {
		s, err := ParseStage(tt.text)
		if err != nil {
			t.Fatal(err)
		}
		_, err = NewWorkload(s, tt.h)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s, %v: %v, want %q", tt.text, tt.h, err, tt.want)
		}
	}
}

// workload is a partition of a valid stage.
func workload(t *testing.T, s Stage, partition Partition) Workload {
	t.Helper()
	w, err := NewWorkload(s, partition)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestNearestIsOwn: the nearest number of a partition is one that it serves, and no other
// of its own lies between.
func TestNearestIsOwn(t *testing.T) {
	for _, text := range []string{"shared:103x20", "each:3x17,each", "open:50/s@2s"} {
		s, err := ParseStage(text)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 4 {
			p, last := Partition{n, 4}, -1
			for i := range s.Planned() {
				own := i%4 == n
				if s.PerUser {
					own = i/s.Requests%4 == n
				}
				if own {
					last = i
				}
				if got := p.Nearest(s, i); got != last {
					t.Errorf("%s: nearest to %d in partition %d of 4 is %d, want %d", text, i, n, got, last)
				}
			}
		}
		if got := (Partition{}).Nearest(s, 7); got != 7 {
			t.Errorf("%s: nearest to 7 in the whole stage is %d", text, got)
		}
		if got := (Partition{}).Nearest(s, -3); got != -1 {
			t.Errorf("%s: nearest to -3 is %d, want -1", text, got)
		}
	}
}
