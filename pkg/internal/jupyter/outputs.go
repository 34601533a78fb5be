package jupyter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/internal/redact"
)

// outputs are the files of one execution while it runs: two that nothing else uses, named after the notebook, the time and a
// random number. They get their names at the end.
type outputs struct {
	dir, own       string // the directory, and the notebook's own name without its ending
	notebook, page string // paths of the files
}

// newOutputs makes the directory and, empty, the file of the notebook.
func newOutputs(e Execution) (outputs, error) {
	o := outputs{dir: e.OutDir, own: strings.TrimSuffix(filepath.Base(e.Notebook), filepath.Ext(e.Notebook))}
	if err := os.MkdirAll(o.dir, 0o755); err != nil {
		return outputs{}, err
	}
	if sameFile(e.Notebook, o.path(o.own, ".ipynb")) {
		return outputs{}, errors.New("the output directory is the notebook's own, and the notebook would be overwritten: name another directory")
	}
	file, err := os.CreateTemp(o.dir, o.own+"-"+time.Now().Format("20060102-150405")+"-*.ipynb")
	if err != nil {
		return outputs{}, err
	}
	o.notebook = file.Name()
	o.page = strings.TrimSuffix(o.notebook, ".ipynb") + ".html"
	return o, file.Close()
}

func (o outputs) path(name, ending string) string { return filepath.Join(o.dir, name+ending) }

// sameFile reports whether two paths are of one file, which they may reach by different ways.
func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// written reports whether the execution came so far that there is an executed notebook.
func (o outputs) written() bool {
	info, err := os.Stat(o.notebook)
	return err == nil && info.Size() > 0
}

// removeTemporary removes what was not written, and what a script that was killed left half-written.
func (o outputs) removeTemporary() {
	if !o.written() {
		_ = os.Remove(o.notebook)
	}
	_ = os.Remove(o.notebook + ".partial")
	_ = os.Remove(o.page + ".partial")
}

// keepReport puts what report returns into the notebook's metadata, without the secrets of env.
func (o outputs) keepReport(report func(error) (json.RawMessage, error), env []string, failed error) error {
	if report == nil {
		return nil
	}
	raw, err := report(failed)
	if err != nil {
		return fmt.Errorf("the report of %s: %w", o.own, err)
	}
	raw = redact.Environment(env...).Bytes(raw)
	if h, err := parseHead(raw); err != nil || h == nil {
		return err
	}
	file, err := os.ReadFile(o.notebook)
	if err != nil {
		return fmt.Errorf("keep the report of %s: %w", o.own, err)
	}
	if file, err = setReport(file, raw); err != nil {
		return fmt.Errorf("keep the report of %s: %w", o.own, err)
	}
	return writeFile(o.notebook, file)
}

// name is what the files are to be called, without their endings: what want returns or, without that, the notebook's own
// name after an execution that succeeded, and else the name that they have.
func (o outputs) name(want func() string, succeeded bool) (string, error) {
	name, working := "", strings.TrimSuffix(filepath.Base(o.notebook), ".ipynb")
	if want != nil {
		name = want()
	}
	switch {
	case name == "" && succeeded:
		return o.own, nil
	case name == "":
		return working, nil
	case name != filepath.Base(name) || name == "." || name == "..":
		return working, fmt.Errorf("the executed notebook cannot be called %q, which is no name of a file: it is called %s", name, working)
	case name == o.own && !succeeded:
		return working, fmt.Errorf("the executed notebook cannot be called %q, which is for executions that succeed: it is called %s", name, working)
	}
	return name, nil
}

// rename gives the notebook, and the page when there is one, their name, in place of files of an earlier execution.
func (o outputs) rename(name string) (notebook, page string, err error) {
	notebook = o.path(name, ".ipynb")
	if notebook != o.notebook {
		if err := osfile.Replace(o.notebook, notebook); err != nil {
			return o.notebook, "", fmt.Errorf("name the executed notebook: %w", err)
		}
	}
	page = o.path(name, ".html")
	if !exists(o.page) {
		if err := osfile.Remove(page); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return notebook, "", fmt.Errorf("remove the page of an earlier execution: %w", err)
		}
		return notebook, "", nil
	}
	if page != o.page {
		if err := osfile.Replace(o.page, page); err != nil {
			return notebook, "", fmt.Errorf("name the page: %w", err)
		}
	}
	return notebook, page, nil
}

// copyLatest copies the files to the notebook's own name, each at once, and returns their paths.
func (o outputs) copyLatest(r Result) (notebook, page string, err error) {
	notebook, page = o.path(o.own, ".ipynb"), o.path(o.own, ".html")
	for from, to := range map[string]string{r.Notebook: notebook, r.Page: page} {
		if from == to {
			continue
		}
		content, err := os.ReadFile(from)
		if err != nil {
			return "", "", fmt.Errorf("copy to %s: %w", to, err)
		}
		if err := writeFile(to, content); err != nil {
			return "", "", err
		}
	}
	return notebook, page, nil
}

// lockOutputs keeps other executions of this checkout from naming files until release is called, so that a notebook and a
// page of one name are of one execution.
func (i *Installation) lockOutputs() (release func(), err error) {
	path := i.inside("outputs.lock")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("name the executed notebook: %w", err)
	}
	if err := osfile.Lock(file, osfile.Exclusive); err != nil {
		file.Close()
		return nil, fmt.Errorf("name the executed notebook: %w", err)
	}
	return func() { file.Close() }, nil
}
