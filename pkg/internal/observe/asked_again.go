package observe

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// repeatRow is a line of asked-again.jsonl.
type repeatRow struct {
	Request purchase.Request `json:"request"`
	Attempt runs.Attempt     `json:"attempt"`
}

// askedAgainFile returns the path of the purchases of a run that were asked for again, a
// JSON object a line.
func askedAgainFile(r runs.Run) string { return filepath.Join(r.Dir(), "asked-again.jsonl") }

// saveAskedAgain adds purchases to those of the run that were asked for again, in place of a
// last line that a process left incomplete.
func saveAskedAgain(r runs.Run, repeats []audit.Repeat) error {
	var lines bytes.Buffer
	for _, x := range repeats {
		text, err := json.Marshal(repeatRow(x))
		if err != nil {
			return fmt.Errorf("run %s: recording what was asked again: %w", r.ID, err)
		}
		lines.Write(append(text, '\n'))
	}
	err := dropCutLine(askedAgainFile(r))
	if err == nil {
		err = appendTo(askedAgainFile(r), lines.Bytes())
	}
	if err != nil {
		return fmt.Errorf("run %s: recording what was asked again: %w", r.ID, err)
	}
	return nil
}

// dropCutLine truncates a file after its last newline, if it exists.
func dropCutLine(path string) error {
	text, err := osfile.ReadRegular(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if whole := bytes.LastIndexByte(text, '\n') + 1; err == nil && whole < len(text) {
		err = os.Truncate(path, int64(whole))
	}
	return err
}

// appendTo adds to the end of a file, which it makes if it does not exist.
func appendTo(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// readAskedAgain reads which purchases of the run were asked for again since a time. A last
// line that a process left incomplete is no error.
func readAskedAgain(r runs.Run, since time.Time) (repeats []audit.Repeat, err error) {
	text, err := osfile.ReadRegular(askedAgainFile(r))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("run %s: what was asked again cannot be read: %w", r.ID, err)
	}
	for n := 1; len(text) > 0; n++ {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		if !whole {
			break
		}
		var row repeatRow
		if err := json.Unmarshal(line, &row); err != nil {
			return nil, fmt.Errorf("run %s: %s, line %d: %w", r.ID, filepath.Base(askedAgainFile(r)), n, err)
		}
		if !row.Attempt.StartTS.Before(since) {
			repeats = append(repeats, audit.Repeat(row))
		}
		text = rest
	}
	return repeats, nil
}
