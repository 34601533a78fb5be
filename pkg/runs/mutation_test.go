package runs

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
)

var (
	mutations    = flag.Int("mutations", 150, "how many files TestMutations damages")
	mutationSeed = flag.Uint64("seed", 7, "seed of TestMutations")
)

// mutationKinds damage a file.
var mutationKinds = []struct {
	name string
	do   func(r *rand.Rand, b []byte) []byte
}{
	{"bit flips", func(r *rand.Rand, b []byte) []byte {
		for range 1 + r.IntN(4) {
			b[r.IntN(len(b))] ^= 1 << r.IntN(8)
		}
		return b
	}},
	{"truncation", func(r *rand.Rand, b []byte) []byte { return b[:r.IntN(len(b))] }},
	{"zeroed block", func(r *rand.Rand, b []byte) []byte { from, to := block(r, b); clear(b[from:to]); return b }},
	{"duplicated block", func(r *rand.Rand, b []byte) []byte {
		from, to := block(r, b)
		return slices.Insert(b, to, bytes.Clone(b[from:to])...)
	}},
	{"swapped blocks", func(r *rand.Rand, b []byte) []byte {
		x, y, n := r.IntN(len(b)), r.IntN(len(b)), 1+r.IntN(max(1, len(b)/4))
		x, y = min(x, y), max(x, y)
		n = min(n, y-x, len(b)-y)
		moved := bytes.Clone(b[x : x+n])
		copy(b[x:], b[y:y+n])
		copy(b[y:], moved)
		return b
	}},
	{"inserted bytes", func(r *rand.Rand, b []byte) []byte {
		more := make([]byte, 1+r.IntN(64))
		for i := range more {
			more[i] = byte(r.Uint32())
		}
		return slices.Insert(b, r.IntN(len(b)), more...)
	}},
	{"removed bytes", func(r *rand.Rand, b []byte) []byte { from, to := block(r, b); return slices.Delete(b, from, to) }},
}

func block(r *rand.Rand, b []byte) (from, to int) {
	from = r.IntN(len(b))
	return from, min(len(b), from+1+r.IntN(1+len(b)/4))
}

// mutationTruth makes a run with a stage that ended and one whose process died while
// purchases waited, and returns its stages as they are.
func mutationTruth(t *testing.T) (store Store, want []Stage) {
	store, r := newRun(t)
	w := begin(t, r, "ended", 200)
	for i := range 10 {
		if err := w.Append(records("ended", i*20, i*20+20)); err != nil {
			t.Fatal(err)
		}
	}
	w.UpdateInfo(func(i *Info) { i.Seed = 12345 })
	if err := w.Finish(Complete, ""); err != nil {
		t.Fatal(err)
	}
	w = begin(t, r, "killed", 400)
	for i := range 12 {
		waits := records("killed", i*20+10, i*20+20)
		for n := range waits {
			waits[n].Attempts = waits[n].Attempts[:1]
		}
		done := records("killed", i*20, i*20+10)
		if i > 0 {
			done = append(done, records("killed", i*20-10, i*20-5)...) // of those that waited
		}
		if err := errors.Join(w.AppendWaiting(waits), w.Append(done)); err != nil {
			t.Fatal(err)
		}
	}
	w.abandon()
	copied := Store{Dir: t.TempDir()}
	if err := os.CopyFS(copied.Dir, os.DirFS(store.Dir)); err != nil {
		t.Fatal(err)
	}
	run, err := copied.Find("last")
	if err == nil {
		want, err = run.Stages()
	}
	if err != nil || len(want) != 2 || want[1].Unfinished != 10+5*11 || len(want[1].Operations) != 240 {
		t.Fatalf("%d stages, %v; want both, with 65 unfinished operations", len(want), err)
	}
	return store, want
}

// TestMutations damages one file of a run at a time. What is read is right, or the run is
// said to be damaged or short; nothing is deleted, and the damaged file stays as it is.
//
//	go test ./pkg/runs -run TestMutations -v -args -mutations 1000
func TestMutations(t *testing.T) {
	store, want := mutationTruth(t)
	r := rand.New(rand.NewPCG(*mutationSeed, 1))
	counts := map[string]int{}
	for n := range *mutations {
		dir := filepath.Join(t.TempDir(), "runs")
		if err := os.CopyFS(dir, os.DirFS(store.Dir)); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(dir, "*", "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		json, err := filepath.Glob(filepath.Join(dir, "*", runFile))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, json...)
		file, kind := files[r.IntN(len(files))], mutationKinds[r.IntN(len(mutationKinds))]
		before, err := os.ReadFile(file)
		if err != nil || len(before) == 0 {
			t.Fatalf("%s has %d bytes (%v)", file, len(before), err)
		}
		after := kind.do(r, bytes.Clone(before))
		if err := os.WriteFile(file, after, 0o644); err != nil {
			t.Fatal(err)
		}
		result, wrong := readMutated(Store{Dir: dir}, want, !bytes.Equal(before, after))
		counts[result]++
		if wrong != nil {
			t.Errorf("mutation %d, %s of %s, %s: %v", n, kind.name, filepath.Base(file), result, wrong)
		}
		for _, f := range files {
			if _, err := os.Stat(f); err != nil {
				t.Errorf("mutation %d, %s of %s: %v", n, kind.name, filepath.Base(file), err)
			}
		}
		if left, err := os.ReadFile(file); !bytes.Equal(left, after) && !(filepath.Base(file) == infoFile && bytes.Equal(before, after)) {
			t.Errorf("mutation %d, %s of %s: reading changed it (%v)", n, kind.name, filepath.Base(file), err)
		}
	}
	t.Logf("%d mutations with seed %d, no wrong number shown as right, no file deleted: %v", *mutations, *mutationSeed, counts)
}

// readMutated reads a store as `runs ls` and `runs show` do, says what came of it, and
// what of it is wrong.
func readMutated(store Store, want []Stage, changed bool) (result string, wrong error) {
	list, unreadable, err := store.ListAll()
	if err != nil {
		return "error", err
	}
	if len(unreadable) == 1 && len(list) == 0 {
		return "refused", wantTyped(unreadable[0].Err)
	}
	if len(list) != 1 || list[0].ID == "" || list[0].API != want[0].API {
		return "listed", fmt.Errorf("%d runs, %+v", len(list), list)
	}
	if _, err := list[0].Entries(); err != nil {
		return "refused", wantTyped(err)
	}
	overviews, err := list[0].Overviews()
	if err != nil {
		return "refused", wantTyped(err)
	}
	got, err := list[0].Stages()
	if err != nil {
		return "refused", wantTyped(err)
	}
	if len(got) != len(want) || len(overviews) != len(want) {
		return "shown", fmt.Errorf("%d stages, want %d", len(got), len(want))
	}
	result = "right"
	for i := range got {
		switch {
		case got[i].Damage != nil:
			result = "said to be damaged"
			if notes := Summarize(got[i]).Notes(); len(got[i].Warnings) == 0 || len(notes) < 2 || !reflect.DeepEqual(got[i].Damage, overviews[i].Info.Damage) {
				wrong = fmt.Errorf("the damage is not said: %q, %q", got[i].Warnings, notes)
			}
			wrong = errors.Join(wrong, checkSubset(got[i], want[i]))
		case got[i].State == Interrupted && len(got[i].Operations)+len(got[i].Attempts) < len(want[i].Operations)+len(want[i].Attempts):
			result = "said to be interrupted, and short" // cut between two entries
			wrong = errors.Join(wrong, checkSubset(got[i], want[i]))
		default:
			if fmt.Sprint(got[i].Info) != fmt.Sprint(want[i].Info) || !reflect.DeepEqual(got[i].Operations, want[i].Operations) || !reflect.DeepEqual(got[i].Attempts, want[i].Attempts) {
				wrong = errors.Join(wrong, fmt.Errorf("stage %s differs and is said to be right", got[i].Stage))
			}
			if a, b := overviews[i].Summary.String(), Summarize(want[i]).String(); a != b {
				wrong = errors.Join(wrong, fmt.Errorf("figures %s, want %s", a, b))
			}
		}
	}
	if result == "right" && changed {
		result = "whole in spite of the change"
	}
	return result, wrong
}

func wantTyped(err error) error {
	var damage *DamageError
	var version *VersionError
	if errors.As(err, &damage) || errors.As(err, &version) {
		return nil
	}
	return fmt.Errorf("%w, want a DamageError", err)
}

// checkSubset checks that each row is one of the truth, but for operations that are
// unfinished since the record of their end is missing.
func checkSubset(got, want Stage) error {
	for i, op := range got.Operations {
		n, found := slices.BinarySearchFunc(want.Operations, op.Index, func(o Operation, index int64) int { return int(o.Index - index) })
		if !found || i > 0 && got.Operations[i-1].Index == op.Index || op.Reason != Unfinished && want.Operations[n] != op {
			return fmt.Errorf("operation %+v was not recorded", op)
		}
	}
	for i, a := range got.Attempts {
		if !slices.Contains(want.Attempts, a) || i > 0 && got.Attempts[i-1] == a {
			return fmt.Errorf("attempt %+v was not recorded", a)
		}
	}
	return nil
}

// An attempt that is followed by a wait is in the journal, and in the record of its
// purchase once that has ended: it counts once.
func TestWaitingCountsOnce(t *testing.T) {
	_, r := newRun(t)
	w := begin(t, r, "s", 10)
	all := records("s", 0, 10)
	for i := range all {
		all[i].Attempts = nil
		for n := range 3 {
			all[i].Attempts = append(all[i].Attempts, Attempt{Stage: "s", Index: int64(i), Number: int64(n + 1)})
		}
		all[i].Operation.Attempts = 3
	}
	for n := range 2 {
		var waits []Record
		for _, r := range all {
			r.Attempts, r.Operation.Attempts = r.Attempts[n:n+1], int64(n+1)
			waits = append(waits, r)
		}
		if err := w.AppendWaiting(waits); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Append(all[:6]); err != nil {
		t.Fatal(err)
	}
	if s := onlyStage(t, r); len(s.Operations) != 6 || len(s.Attempts) != 18 || s.Unfinished != 0 {
		t.Errorf("while it runs: %d operations, %d attempts; want those that ended", len(s.Operations), len(s.Attempts))
	}
	w.abandon()
	for range 2 {
		s := onlyStage(t, r)
		sum := Summarize(s)
		if len(s.Operations) != 10 || len(s.Attempts) != 18+8 || s.Unfinished != 4 || sum.Unknown < 4 || !slices.Contains(sum.Notes(), "4 unfinished") {
			t.Errorf("after the kill: %d operations, %d attempts, %d unfinished, notes %q; want 10, 26, 4", len(s.Operations), len(s.Attempts), s.Unfinished, sum.Notes())
		}
		if op := s.Operations[9]; op.Reason != Unfinished || op.Outcome != "unknown" || op.Success {
			t.Errorf("unfinished: %+v", op)
		}
	}
}
