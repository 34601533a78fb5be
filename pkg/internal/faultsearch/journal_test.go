package faultsearch

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestResume: a search that was stopped goes on where it was, and ends as one that was not.
func TestResume(t *testing.T) {
	dir := t.TempDir()
	whole := run(t, &simulated{steps: twoSteps(), attempts: 3}, Options{Worlds: stock(2)})
	executed := 0
	for stopAfter := 40; ; stopAfter += 200 {
		j, err := OpenJournal(dir, "here")
		if err != nil {
			t.Fatal(err)
		}
		if j.Len() != executed {
			t.Fatalf("the journal has %d executions, want %d", j.Len(), executed)
		}
		ctx, cancel := context.WithCancel(t.Context())
		m := &simulated{steps: twoSteps(), attempts: 3, cancels: func(n int) {
			if n == stopAfter {
				cancel()
			}
		}}
		r, err := Run(ctx, m, Options{Worlds: stock(2), Journal: j})
		cancel()
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Answer == Undecided {
			executed += stopAfter - 1
			continue
		}
		executed += m.executed
		if r.Sentence() != whole.Sentence() || executed != whole.Executions || r.Executions != whole.Executions {
			t.Errorf("%s after %d executions, want %s after %d", r.Sentence(), executed, whole.Sentence(), whole.Executions)
		}
		return
	}
}

// TestJournalDamage: a line that was cut off is dropped; a journal of something else is refused.
func TestJournalDamage(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, "here")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := j.add("k", &Execution{State: "s"}); err != nil {
			t.Fatal(err)
		}
	}
	j.Close()
	path := filepath.Join(dir, "executions.jsonl")
	text, _ := os.ReadFile(path)
	os.WriteFile(path, text[:len(text)-5], 0o644)
	if j, err = OpenJournal(dir, "here"); err != nil || j.Len() != 1 {
		t.Fatalf("%v, %d executions", err, j.Len())
	}
	if err := j.add("k", &Execution{State: "t"}); err != nil {
		t.Fatal(err)
	}
	j.Close()
	if _, err := OpenJournal(dir, "elsewhere"); err == nil || !strings.Contains(err.Error(), "another search") {
		t.Errorf("of another search: %v", err)
	}
	if j, err = OpenJournal(dir, "here"); err != nil || j.Len() != 2 {
		t.Fatalf("%v, %d executions", err, j.Len())
	}
	j.Close()
	os.WriteFile(path, []byte("{}\nx\n"), 0o644)
	if _, err := OpenJournal(dir, "here"); err == nil {
		t.Error("a file of something else is read")
	}
	if _, err := OpenJournal(path, "here"); err == nil {
		t.Error("a file is taken for a directory")
	}
}

// FuzzJournal: nothing makes reading a journal panic.
func FuzzJournal(f *testing.F) {
	f.Add([]byte("{\"search\":\"here\"}\n{\"key\":\"k\",\"execution\":{\"number\":1,\"schedule\":{\"faults\":null}}}\n"))
	f.Add([]byte("{\"search\":\"there\"}\n"))
	f.Add([]byte("{\"search\":\"here\"}\n{}\nnull\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		j := &Journal{kept: map[string][]*Execution{}}
		if err := j.read(text, "here"); err == nil && len(text) > 0 && !bytes.Contains(text, []byte("here")) {
			t.Errorf("%q is read", text)
		}
		for _, list := range j.kept {
			for _, x := range list {
				x.fingerprint()
			}
		}
	})
}

// TestResultJSON: a result is read as it was written.
func TestResultJSON(t *testing.T) {
	r := run(t, &simulated{steps: twoSteps(), attempts: 3, chargesTwice: "POST /charge"}, Options{Worlds: stock(2)})
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Result
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(back)
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("%v:\n%s\n%s", err, text, again)
	}
	if back.Sentence() != r.Sentence() || back.ExitCode() != 1 || len(back.Witness.Execution.Calls) == 0 {
		t.Errorf("read: %+v", back)
	}
}

// FuzzParseReplayed: what is read can be executed, and nothing makes reading panic.
func FuzzParseReplayed(f *testing.F) {
	f.Add([]byte(`{"world":{"purchases":2,"scarce":"stock"},"schedule":{"faults":[{"purchase":1,"attempt":1,"fault":"drop_reply"}]}}`))
	f.Add([]byte(`{"witness":{"world":{"purchases":1,"scarce":"money"},"schedule":{"faults":null}}}`))
	f.Add([]byte(`{"world":{"purchases":2,"scarce":"stock"},"schedule":{"faults":[{"purchase":0,"attempt":1,"fault":"?"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ParseReplayed(text)
		if err == nil && (r.World.Validate() != nil || r.Schedule.Validate() != nil) {
			t.Errorf("%q is read as %+v", text, r)
		}
	})
}
