package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// Damage is how much of a stage's journal could not be read. What lay before and
// behind it was.
type Damage struct {
	// Bytes is how many bytes are no part of an entry that could be read, 0 when the
	// whole file is empty.
	Bytes int64 `json:"bytes"`
	// Records is how many records at least are missing, by the numbers of those behind
	// the damage. It is 0 when nothing lies behind it.
	Records int `json:"records"`
	// File is the journal, which stays in the stage's directory.
	File string `json:"file"`
}

// String returns a sentence for a stage's warnings.
func (d Damage) String() string {
	if d.Bytes == 0 && d.Records == 0 {
		return fmt.Sprintf("%s is damaged: its beginning is missing; the figures lack what it held", d.File)
	}
	if d.Records == 0 {
		return fmt.Sprintf("%s is damaged: %d bytes cannot be read, and how many records were in them is not known; what lies before and behind is shown, the figures lack the others, and the file is kept", d.File, d.Bytes)
	}
	return fmt.Sprintf("%s is damaged: %d bytes cannot be read, at least %d records are missing; what lies before and behind is shown, the figures lack the others, and the file is kept",
		d.File, d.Bytes, d.Records)
}

// note returns a few words for a cell of a table.
func (d Damage) note() string {
	if d.Records == 0 {
		return fmt.Sprintf("journal damaged: %d bytes missing", d.Bytes)
	}
	return fmt.Sprintf("journal damaged: %d records missing", d.Records)
}

// DamageError is the error for a file of a run that is damaged. The file is left as it
// is.
type DamageError struct {
	File string // its path, or its base name where only that is known
	Why  string
	err  error
}

// Error names the file and says what to do.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%s is damaged: %s; nothing of it is shown: restore the file from a copy, or move the run out of the directory of runs", e.File, e.Why)
}

// Unwrap returns the cause.
func (e *DamageError) Unwrap() error { return e.err }

// damaged returns a *DamageError for a file that could not be read, or err itself when
// that names the file and its damage already, or is a *VersionError.
func damaged(path string, err error) error {
	var version *VersionError
	var damage *DamageError
	switch {
	case err == nil, errors.As(err, &version):
		return err
	case errors.As(err, &damage):
		return &DamageError{File: path, Why: damage.Why, err: damage.err}
	case errors.Is(err, fs.ErrNotExist):
		return &DamageError{File: path, Why: "it is missing", err: err}
	}
	return &DamageError{File: path, Why: err.Error(), err: err}
}

// damagedTable is damaged for a table of the stage in a directory.
func damagedTable(dir, file string, err error) error { return damaged(filepath.Join(dir, file), err) }

// RemovedError is the error for a stage whose directory, or a file in it, was removed
// while it ran.
type RemovedError struct {
	Path string
}

// Error names the file and says what to do.
func (e *RemovedError) Error() string {
	return fmt.Sprintf("%s was removed or replaced while the stage ran, so that nothing more can be recorded: run the stage again", e.Path)
}
