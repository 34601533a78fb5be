package fleet

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/buyers"
	"sagalab/pkg/internal/runner"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// bought is what an operation bought, and the part of its key that a seed decides.
func bought(o runs.Operation) string {
	key := o.Key
	if key != "" {
		key = suffix(key)
	}
	return fmt.Sprintf("%d: user %d, product %d, quantity %d, method %d, key %s", o.Index, o.UserID, o.ProductID, o.Quantity, o.PaymentMethodID, key)
}

// sameBought checks that a fleet bought what one process buys with the same seed, purchase
// by purchase, and under the same keys.
func sameBought(t *testing.T, te *testbed, fleet runs.Stage, b purchase.Buyers) {
	t.Helper()
	stage, err := load.ParseStage(fleet.Load)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (runner.Load{Stage: stage, Buyers: b}).Run(t.Context(), te.run, te.to, nil); err != nil {
		t.Fatal(err)
	}
	stages, err := te.run.Stages()
	if err != nil {
		t.Fatal(err)
	}
	one := stages[len(stages)-1]
	if len(fleet.Operations) != len(one.Operations) || len(one.Operations) != stage.Planned() {
		t.Fatalf("the fleet has %d operations, one process %d; want %d", len(fleet.Operations), len(one.Operations), stage.Planned())
	}
	for i := range one.Operations {
		if got, want := bought(fleet.Operations[i]), bought(one.Operations[i]); got != want {
			t.Errorf("the fleet sent %s\none process %s", got, want)
		}
	}
}

// TestAFleetBuysWhatOneProcessBuys: two workers together send the purchases of a mix that
// one process sends, keys that are sent again and purchases without a key included.
func TestAFleetBuysWhatOneProcessBuys(t *testing.T) {
	t.Parallel()
	db := databases["sqlite"](t)
	for i := range 2 {
		join(t, db, fmt.Sprint("w", i))
	}
	mix, err := buyers.ParseMix("users=1..50 products=1..9:zipf(1) quantity=1:3,2:1 reuse=10% repeat=10% keyless=10%")
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"shared:301x30", "open:200/s@1s"} {
		te := newTestbed(t, db, newService(t, time.Millisecond, -1))
		got, err := te.sendOf(t.Context(), text, 2, mix)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		keys := map[string]int{}
		for _, o := range got.Operations {
			keys[o.Key]++
		}
		if again := len(got.Operations) - len(keys) + 1 - keys[""]; again < 10 || keys[""] < 10 || len(got.WorkerResults) != 2 {
			t.Errorf("%s: %d keys sent again and %d purchases without one by %d workers", text, again, keys[""], len(got.WorkerResults))
		}
		sameBought(t, te, got, mix)
	}
}

// feedFile writes a feed of so many rows.
func feedFile(t *testing.T, rows int) string {
	t.Helper()
	var text strings.Builder
	text.WriteString("user_id,product_id,quantity\n")
	for i := range rows {
		fmt.Fprintf(&text, "%d,%d,%d\n", i+1, i%7+1, i%3+1)
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("feed%d.csv", rows))
	if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestFeedOfAFleet: each worker reads its own copy; one with another file, or with none, is
// refused before anything is sent, by a message that names both.
func TestFeedOfAFleet(t *testing.T) {
	t.Parallel()
	right, wrong := feedFile(t, 40), feedFile(t, 41)
	feed, other := buyers.FeedFile(right), buyers.FeedFile(wrong)
	for name, tt := range map[string]struct{ second, want string }{
		"the same": {feedFile(t, 40), ""},
		"another":  {wrong, "this worker has the " + other.Describe() + ": start it with --feed"},
		"no feed":  {"", "this worker has no feed: start it with --feed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := databases["sqlite"](t)
			join(t, db, "w0", childFeed+"="+right)
			join(t, db, "w1", childFeed+"="+tt.second)
			te := newTestbed(t, db, newService(t, time.Millisecond, -1))
			got, err := te.sendOf(t.Context(), "fed:101x10", 2, feed)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				sameBought(t, te, got, feed)
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "worker w1: the load takes its purchases from the feed (sha256:"+feed.SHA256()+", 40 rows)") {
				t.Errorf("the error is %v, want both feeds", err)
			}
			if total, _ := te.requests(); total != 0 {
				t.Errorf("%d purchases were sent", total)
			}
		})
	}
}

// TestAFunctionIsNotSentByAFleet: a Go function is in one process only.
func TestAFunctionIsNotSentByAFleet(t *testing.T) {
	t.Parallel()
	db := databases["sqlite"](t)
	join(t, db, "w0")
	te := newTestbed(t, db, newService(t, time.Millisecond, -1))
	_, err := te.sendOf(t.Context(), "f:20x2", 1, buyers.Func(func(int) purchase.Request { return order }))
	if total, _ := te.requests(); err == nil || !strings.Contains(err.Error(), "only this process has") || total != 0 {
		t.Errorf("%d purchases were sent, the error is %v", total, err)
	}
}
