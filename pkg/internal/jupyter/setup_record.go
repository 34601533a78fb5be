package jupyter

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/osfile"
)

// setupRecord is what set-up remembers between runs, in .sagalab/setup.json.
type setupRecord struct {
	Jupyter installedJupyter `json:"jupyter"`
	// Steps has the key of each step that is done, by its name: a hash of everything that the step is made from. When the
	// inputs change, or the checkout moves, the key no longer matches and the step runs again.
	Steps map[string]string `json:"steps"`
}

// readRecord returns what is recorded. A missing or damaged file is no error: everything is then done again.
func (i *Installation) readRecord() setupRecord {
	var rec setupRecord
	text, err := os.ReadFile(i.inside("setup.json"))
	if err != nil || json.Unmarshal(text, &rec) != nil {
		rec = setupRecord{}
	}
	if rec.Steps == nil {
		rec.Steps = map[string]string{}
	}
	return rec
}

func (i *Installation) writeRecord(rec setupRecord) error {
	text, err := json.MarshalIndent(rec, "", "\t")
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	return writeFile(i.inside("setup.json"), append(text, '\n'))
}

// keyOf hashes the inputs of a step. Each is preceded by its length, so that moving a byte from one to the next counts.
func keyOf(inputs ...string) string {
	sum := sha256.New()
	for _, input := range inputs {
		fmt.Fprintf(sum, "%d:%s", len(input), input)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writeFile is writeFileMode for a file that is not executable.
func writeFile(path string, content []byte) error { return writeFileMode(path, content, 0o644) }

// writeFileMode writes a file whole or not at all: a reader never sees half of it.
func writeFileMode(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(content)
	if closeErr := temp.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Chmod(temp.Name(), mode)
	}
	if err == nil {
		err = osfile.Replace(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
