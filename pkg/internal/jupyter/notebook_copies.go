package jupyter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Copies reports what [Lab.CopyNotebooks] found.
type Copies struct {
	// Dir is the absolute directory of the copies, .sagalab/notebooks.
	Dir string
	// Outdated lists the copies, relative to Dir, that a person has changed and whose original has changed as well. They
	// were left alone.
	Outdated []string
}

// CopyNotebooks brings scratch copies of the checkout's notebooks up to date, for a person who changes and runs them
// without changing files that git knows. A copy that is missing is made, an unchanged one follows its original,
// and one that was changed is never written to. Only cells and outputs count as changes: JupyterLab writes metadata of its
// own when a notebook is merely opened. Calls from several processes wait for each other.
func (i *Installation) CopyNotebooks(ctx context.Context) (Copies, error) {
	copies := Copies{Dir: i.Scratch()}
	release, err := lock(ctx, i.inside("lock"), &lineWriter{})
	if err != nil {
		return copies, err
	}
	defer release()
	taken := i.readCopyRecord()
	err = filepath.WalkDir(i.Notebooks(), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), "."): // .ipynb_checkpoints
			return fs.SkipDir
		case !d.Type().IsRegular() || filepath.Ext(path) != ".ipynb":
			return nil
		}
		name, err := filepath.Rel(i.Notebooks(), path)
		if err != nil {
			return err
		}
		outdated, err := taken.follow(name, path, filepath.Join(copies.Dir, name))
		if outdated {
			copies.Outdated = append(copies.Outdated, name)
		}
		return err
	})
	if err == nil {
		err = i.writeCopyRecord(taken)
	}
	if err != nil {
		return copies, fmt.Errorf("copy the notebooks to %s: %w", copies.Dir, err)
	}
	return copies, nil
}

// Scratch is the directory of the scratch copies that CopyNotebooks makes.
func (i *Installation) Scratch() string { return i.inside("notebooks") }

// copyRecord has, by the name of a copy, the fingerprint of the original that it was made from.
type copyRecord map[string]string

// follow brings one copy up to date. outdated means that it was kept although the original has changed.
func (c copyRecord) follow(name, original, duplicate string) (outdated bool, err error) {
	text, err := os.ReadFile(original)
	if err != nil {
		return false, err
	}
	now, own := fingerprint(text), ""
	if kept, err := os.ReadFile(duplicate); err == nil {
		own = fingerprint(kept)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	switch {
	case own == now:
	case own == "" || own == c[name]:
		if err := writeFile(duplicate, text); err != nil {
			return false, err
		}
	default: // a person's own
		return c[name] != now, nil
	}
	c[name] = now
	return false, nil
}

// fingerprint hashes the cells of a notebook with their outputs, or the whole file when it is not a notebook.
func fingerprint(text []byte) string {
	nb, err := parseNotebook(text)
	if err != nil {
		return keyOf(string(text))
	}
	cells, err := json.Marshal(nb.Cells)
	if err != nil {
		return keyOf(string(text))
	}
	return keyOf(string(cells))
}

// readCopyRecord reads what is recorded. Without it, copies that differ from their originals count as changed.
func (i *Installation) readCopyRecord() copyRecord {
	t := copyRecord{}
	if text, err := os.ReadFile(i.inside("notebooks.json")); err == nil {
		_ = json.Unmarshal(text, &t) // damaged: as if it were missing
	}
	if t == nil {
		t = copyRecord{}
	}
	return t
}

func (i *Installation) writeCopyRecord(t copyRecord) error {
	text, err := json.MarshalIndent(t, "", "\t")
	if err != nil {
		return err
	}
	return writeFile(i.inside("notebooks.json"), append(text, '\n'))
}
