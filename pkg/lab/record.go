package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// record is what set-up remembers between runs, in .sagalab/setup.json. Each key is a hash of everything that its stage
// is made from: when the inputs change, or the checkout moves, the key no longer matches and the stage runs again.
type record struct {
	Jupyter  jupyter `json:"jupyter"`
	Tools    string  `json:"tools"`
	Packages string  `json:"packages"`
}

// readRecord returns what is recorded. A missing or damaged file is no error: everything is then done again.
func (l *Lab) readRecord() record {
	var rec record
	text, err := os.ReadFile(l.inside("setup.json"))
	if err != nil || json.Unmarshal(text, &rec) != nil {
		return record{}
	}
	return rec
}

func (l *Lab) writeRecord(rec record) error {
	text, err := json.MarshalIndent(rec, "", "\t")
	if err != nil {
		return fmt.Errorf("set up: %w", err)
	}
	return writeFile(l.inside("setup.json"), append(text, '\n'))
}

// keyOf hashes the inputs of a stage. Each is preceded by its length, so that moving a byte from one to the next counts.
func keyOf(inputs ...string) string {
	sum := sha256.New()
	for _, input := range inputs {
		fmt.Fprintf(sum, "%d:%s", len(input), input)
	}
	return hex.EncodeToString(sum.Sum(nil))
}

// writeFile writes a file whole or not at all: a reader never sees half of it.
func writeFile(path string, content []byte) error {
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
		err = os.Chmod(temp.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
