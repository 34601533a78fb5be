package runs

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"

	"sagalab/pkg/purchase"
)

// testdata/versions has a directory for each version of the formats, with files that
// the program of that version recorded: a run of two stages, a run whose process was
// killed, and the file of an outbox. expected.txt is what that program read of them.
//
// When a version is raised, record another directory with the program of before and
// leave the others as they are.

// TestEveryVersionIsRead compares what is read of each version with expected.txt.
func TestEveryVersionIsRead(t *testing.T) {
	for version := range max(runVersion, stageVersion, journalVersion) + 1 {
		t.Run(fmt.Sprint(version), func(t *testing.T) {
			dir := t.TempDir() // since reading a run whose process died finishes it
			if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "versions", fmt.Sprint(version)))); err != nil {
				t.Fatal(err)
			}
			want, err := os.ReadFile(filepath.Join(dir, "expected.txt"))
			if err != nil {
				t.Fatal(err)
			}
			for _, pass := range []string{"first", "second"} { // of the tables that the first made of a journal
				if got := describeStore(t, dir); got != string(want) {
					t.Errorf("read for the %s time:\n%s\nwant\n%s", pass, got, want)
				}
			}
		})
	}
}

// describeStore is the text of expected.txt.
func describeStore(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	list, err := Store{Dir: filepath.Join(dir, "runs")}.List()
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		fmt.Fprintf(&b, "run %s %s %s %s\n", r.ID, r.Name, r.API, r.Created.Format(TimeLayout))
		stages, err := r.Stages()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stages {
			fmt.Fprintf(&b, "%s\n  load %s seed %d order %s; %d reasons, %d thresholds, %d fault windows, lost %d\n", Summarize(s),
				s.Load, s.Seed, s.Bought(), len(Reasons(s)), len(s.Thresholds), len(s.FaultWindows), s.Lost())
			fmt.Fprintf(&b, "  %s\n", describeRows(t, s.Operations, s.Attempts))
		}
	}
	var operations []Operation
	var attempts []Attempt
	text, err := os.ReadFile(filepath.Join(dir, "outbox.bin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range allOf(text) {
		operations, attempts = append(operations, r.Operation), append(attempts, r.Attempts...)
	}
	fmt.Fprintf(&b, "outbox\n  %s\n", describeRows(t, operations, attempts))
	return b.String()
}

func describeRows(t *testing.T, operations []Operation, attempts []Attempt) string {
	t.Helper()
	rows, err := json.Marshal([]any{operations, attempts})
	if err != nil {
		t.Fatal(err)
	}
	// the programs of versions 0 to 2 knew no such fields, which are zero in what they wrote
	rows = bytes.ReplaceAll(rows, []byte(`,"meaning":"","answered_amount":0,"answer_differs":""`), nil)
	return fmt.Sprintf("%d operations, %d attempts, as JSON with SHA-256 %x", len(operations), len(attempts), sha256.Sum256(rows))
}

// A file of a newer version is refused by a sentence that names it, both versions
// and what to do, and is left as it is.
func TestNewerVersionsAreRefused(t *testing.T) {
	store, r := newRun(t)
	w := begin(t, r, "s", 1)
	if err := errors.Join(w.Append(records("s", 0, 1)), w.journal.close()); err != nil { // as a process that died
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file, says string
		newer      func(text []byte) []byte
		read       func() error
	}{
		{filepath.Join(w.Dir(), journalFile), "the journal has format version 6, and this sagalab reads versions up to 5: use a newer sagalab",
			func(b []byte) []byte { copy(b, newerJournal()); return b }, func() error { _, err := r.Stages(); return err }},
		{filepath.Join(w.Dir(), infoFile), "stage.json has format version 4, and this sagalab reads versions up to 3: use a newer sagalab",
			newerJSON, func() error { _, err := r.Entries(); return err }},
		{filepath.Join(r.Dir(), runFile), "run.json has format version 4, and this sagalab reads versions up to 2: use a newer sagalab",
			newerJSON, func() error { _, err := store.Find("last"); return err }},
	} {
		text, err := os.ReadFile(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		newer := tt.newer(bytes.Clone(text))
		if err := os.WriteFile(tt.file, newer, 0o644); err != nil {
			t.Fatal(err)
		}
		var version *VersionError
		if err := tt.read(); !errors.As(err, &version) || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("reading a newer %s: %v, want %q", filepath.Base(tt.file), err, tt.says)
		}
		if left, err := os.ReadFile(tt.file); !bytes.Equal(left, newer) {
			t.Errorf("reading a newer %s changed it (%v)", filepath.Base(tt.file), err)
		}
		if err := os.WriteFile(tt.file, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	checkRows(t, onlyStage(t, r), records("s", 0, 1))
}

// newerJournal is the head of a journal of version 6.
func newerJournal() []byte {
	b := binary.LittleEndian.AppendUint32([]byte(journalMagic), 6)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// newerJSON is a file of version 4, in which a field that is known has another type.
func newerJSON([]byte) []byte {
	return []byte(`{"format_version": 4, "api": ["http://a", "http://b"]}`)
}

// The other runs of a store stay readable beside one of a newer version.
func TestNewerRunHidesNoOther(t *testing.T) {
	store, r := newRun(t)
	other, err := store.CreateIn("s", "other", "")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(r.Dir(), runFile), newerJSON(nil), 0o644); err != nil {
		t.Fatal(err)
	}
	var version *VersionError
	list, err := store.List()
	if !errors.As(err, &version) || len(list) != 1 || list[0].ID != other.ID {
		t.Errorf("List() = %v, %v; want the other run, and the version of the newer one", list, err)
	}
	if got, err := store.Find(other.ID); err != nil || got.ID != other.ID {
		t.Errorf("Find of the other run = %v, %v", got, err)
	}
	if list, err := store.OfSession("s"); err != nil || len(list) != 1 {
		t.Errorf("OfSession = %v, %v; want the other run and no error", list, err)
	}
}

// A chunk of records says so, too, when a newer program packed it.
func TestNewerChunkIsRefused(t *testing.T) {
	var version *VersionError
	if _, err := Unpack(Chunk{1, s2.Encode(nil, append(newerJournal(), "anything"...))}); !errors.As(err, &version) || version.Version != 6 {
		t.Errorf("Unpack of a newer version = %v, want a VersionError", err)
	}
}

// What an attempt means is read of rows from before it was recorded, too.
func TestMeaningOfOldAttempts(t *testing.T) {
	for _, tt := range []struct {
		a    Attempt
		want purchase.Meaning
	}{
		{Attempt{Status: 201, Sent: true}, purchase.MeansConfirmed},
		{Attempt{Status: 409, Sent: true, Reason: "in_progress"}, purchase.MeansInProgress},
		{Attempt{Class: "dial"}, purchase.MeansNotSent},
		{Attempt{Class: "timeout", Sent: true, Reason: Unfinished}, purchase.MeansUnclear},
		{Attempt{Status: 418, Sent: true, Reason: "http_418", Meaning: "no_stock"}, purchase.MeansNoStock},
		{Attempt{Status: 418, Sent: true, Reason: "http_418", Meaning: "of a newer program"}, purchase.MeansDeclined},
	} {
		if got := tt.a.Means(); got != tt.want {
			t.Errorf("%+v means %s, want %s", tt.a, got, tt.want)
		}
	}
}

// TestVersionOfSteps: a program that knows no steps refuses a stage that has some, and reads others.
func TestVersionOfSteps(t *testing.T) {
	for want, info := range map[int]Info{2: {}, 3: {Steps: []string{"cart", "pay"}}} {
		if got := info.version(); got != want {
			t.Errorf("version %d for %v, want %d", got, info.Steps, want)
		}
	}
	if polled := (&Info{OtherRequests: true}).version(); polled != 3 {
		t.Errorf("version %d with polls, want 3", polled)
	}
}
