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
	text, err := readText(filepath.Join(dir, runFile))
	if err != nil {
		return Run{}, err
	}
	r, err := parseRun(text)
	r.dir = dir
	return r, err
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
	}{versioned{runVersion}, r})
}

// readInfo reads the stage.json in dir.
func readInfo(dir string) (Info, error) {
	text, err := readText(filepath.Join(dir, infoFile))
	if err != nil {
		return Info{}, err
	}
	return parseInfo(text)
}

func parseInfo(text []byte) (i Info, err error) {
	err = parseVersioned(infoFile, text, stageVersion, &i)
	return i, err
}

// writeInfo replaces the stage.json in dir.
func writeInfo(dir string, i Info) error {
	return writeJSON(filepath.Join(dir, infoFile), struct {
		versioned
		Info
	}{versioned{stageVersion}, i})
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
		return fmt.Errorf("%s is damaged: %w", file, err)
	}
	return nil
}

// readText reads a file of at most maxJSON bytes.
func readText(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxJSON+1))
	if err == nil && len(text) > maxJSON {
		err = fmt.Errorf("%s is damaged: it has more than %d MB", filepath.Base(path), maxJSON>>20)
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
	return writeFile(path, append(b, '\n'))
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
