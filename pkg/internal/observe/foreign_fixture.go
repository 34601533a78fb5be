package observe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// ForeignFixture says that a fixture was applied to a service while two runs of it
// were under way, which dropped the orders of both. It is recorded in both.
type ForeignFixture struct {
	At   time.Time `json:"at"`
	API  string    `json:"api"`
	Name string    `json:"fixture"`
	// By is the run that applied it, During the one that was under way, with its stage.
	By     string `json:"by"`
	During string `json:"during"`
	Stage  string `json:"stage"`
}

// String returns a sentence on what happened, for the warnings of both runs.
func (f ForeignFixture) String() string {
	return fmt.Sprintf("fixture %s was applied to %s by run %s while stage %s of run %s was under way: orders of that stage were dropped, so figures and audits of both runs are not reliable",
		f.Name, f.API, f.By, f.Stage, f.During)
}

// foreignFile returns the path of a run's foreign fixtures: one JSON object a line.
func foreignFile(r runs.Run) string { return filepath.Join(r.Dir(), "foreign-fixtures.jsonl") }

// ForeignFixtures reads the fixtures of other runs, or applied during other runs, that
// were recorded in r since a time.
func ForeignFixtures(r runs.Run, since time.Time) (found []ForeignFixture, err error) {
	text, err := osfile.ReadRegular(foreignFile(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: its foreign fixtures cannot be read: %w", r.ID, err)
	}
	for d := json.NewDecoder(bytes.NewReader(text)); d.More(); {
		var f ForeignFixture
		if err := d.Decode(&f); err != nil {
			return found, fmt.Errorf("run %s: its foreign fixtures cannot be read: %w", r.ID, err)
		}
		if !f.At.Before(since) {
			found = append(found, f)
		}
	}
	return found, nil
}

// justEnded is how long after the end of its last stage a service may count a run as
// active, with time to spare.
const justEnded = 5 * purchase.RunActive

// otherEntries iterates over the other runs of r's directory that may have sent to the
// service, with what they executed. A run that cannot be read is left out.
func otherEntries(r runs.Run, api string) iter.Seq2[runs.Run, []runs.Entry] {
	return func(yield func(runs.Run, []runs.Entry) bool) {
		list, _ := runs.Store{Dir: filepath.Dir(r.Dir())}.List()
		for _, other := range list {
			if other.ID == r.ID || other.API != "" && other.API != api {
				continue
			}
			if entries, err := other.Entries(); err == nil && !yield(other, entries) {
				return
			}
		}
	}
}

// otherRuns returns the stages that other runs of r's directory are sending to the same
// service now, each as a fixture by r would meet it, with their runs; and the tokens
// of runs whose last stage has just ended.
func otherRuns(r runs.Run, api, fixture string) (met []ForeignFixture, others []runs.Run, ended []string) {
	for other, entries := range otherEntries(r, api) {
		underWay, recent := false, false
		for _, e := range entries {
			recent = recent || e.API == api && time.Since(e.Ended) < justEnded
			underWay = underWay || e.State == runs.Running
			if e.State == runs.Running && e.API == api {
				met = append(met, ForeignFixture{At: time.Now(), API: api, Name: fixture, By: r.ID, During: other.ID, Stage: e.Stage})
				others = append(others, other)
			}
		}
		if recent && !underWay {
			if token, err := RunToken(other); err == nil {
				ended = append(ended, token)
			}
		}
	}
	slices.Reverse(ended) // the newest first
	return met, others, ended
}

// recordForeign adds what met to the files of r and of the others.
func recordForeign(r runs.Run, met []ForeignFixture, others []runs.Run) error {
	var errs []error
	for i, f := range met {
		line, err := json.Marshal(f)
		errs = append(errs, err)
		for _, run := range []runs.Run{r, others[i]} {
			file, err := os.OpenFile(foreignFile(run), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
			if err == nil {
				_, err = file.Write(append(line, '\n'))
				err = errors.Join(err, file.Close())
			}
			if err != nil {
				errs = append(errs, fmt.Errorf("recording in run %s that a fixture was applied: %w", run.ID, err))
			}
		}
	}
	return errors.Join(errs...)
}
