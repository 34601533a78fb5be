package runs

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/osfile"
)

// maxJSON is how many bytes of a JSON file are read, so that a damaged file costs no
// more memory than that. A stage.json with a plan of a thousand faults has 300 kB.
const maxJSON = 64 << 20

// readRunFile reads the run.json in dir.
func readRunFile(dir string) (Run, error) {
	path := filepath.Join(dir, runFile)
	text, err := readText(path)
	if err != nil {
		return Run{}, err
	}
	r, err := parseRun(text)
	r.dir = dir
	return r, damaged(path, err)
}

func parseRun(text []byte) (r Run, err error) {
	err = parseVersioned(runFile, text, runVersion, &r)
	return r, err
}

// writeRunFile writes the run's run.json.
func writeRunFile(r Run) error {
	return writeJSON(filepath.Join(r.dir, runFile), struct {
		versioned
		Run
		summed
	}{versioned{runVersion, noChecksum}, r, summed{true}})
}

// stageFile is a stage.json.
type stageFile struct {
	versioned
	Info
	Files fileSums `json:"files,omitempty"`
	summed
}

// readInfo reads the stage.json in dir.
func readInfo(dir string) (Info, error) {
	f, err := readStageFile(dir)
	return f.Info, err
}

// readStageFile reads the stage.json in dir, with the sums of the tables beside it.
func readStageFile(dir string) (stageFile, error) {
	path := filepath.Join(dir, infoFile)
	text, err := readText(path)
	if err != nil {
		return stageFile{}, err
	}
	f, err := parseStageFile(text)
	return f, damaged(path, err)
}

func parseStageFile(text []byte) (f stageFile, err error) {
	err = parseVersioned(infoFile, text, stageVersion, &f)
	return f, err
}

// writeInfo replaces the stage.json in dir; files is nil while the stage runs.
func writeInfo(dir string, i Info, files fileSums) error {
	return writeJSON(filepath.Join(dir, infoFile), stageFile{versioned{i.version(), noChecksum}, i, files, summed{true}})
}

// parseVersioned looks at the version before all else: a newer format may have
// other types in its fields.
func parseVersioned(file string, text []byte, known int, value any) error {
	if err := checkJSONVersion(file, text, known); err != nil {
		return err
	}
	return parseJSON(file, text, value)
}

// readJSON reads a file that has no version.
func readJSON(path string, value any) error {
	text, err := readText(path)
	if err != nil {
		return err
	}
	return parseJSON(filepath.Base(path), text, value)
}

func parseJSON(file string, text []byte, value any) error {
	if err := json.Unmarshal(text, value); err != nil {
		return &DamageError{File: file, Why: err.Error(), err: err}
	}
	return nil
}

// readText reads a file of at most maxJSON bytes.
func readText(path string) ([]byte, error) {
	f, err := osfile.OpenRegular(path, false)
	if errors.Is(err, osfile.ErrNotRegular) {
		return nil, &DamageError{File: path, Why: osfile.ErrNotRegular.Error(), err: err}
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if err == nil && len(text) > maxJSON {
		err = &DamageError{File: path, Why: fmt.Sprintf("it has more than %d MB", maxJSON>>20)}
	}
	return text, err
}

// writeJSON replaces a file atomically: a reader sees the old one or the new
// one, and a full disk leaves the old one.
func writeJSON(path string, value any) error {
	b, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	b = append(b, '\n')
	setJSONChecksum(b)
	return writeFile(path, b)
}

// writeFile replaces a file atomically.
func writeFile(path string, content []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails after the rename, as it should
	_, err = tmp.Write(content)
	if err = errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return osfile.Replace(tmp.Name(), path)
}
