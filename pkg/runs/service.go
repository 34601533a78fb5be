package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"sagalab/pkg/purchase"
)

// serviceFile is where a run keeps what its service said of itself. It is not in
// run.json, which is never replaced (see locked) and is there before the service is
// first asked.
const serviceFile = "service.json"

// SetService records what the run's service says of itself, in place of what it
// said before.
func (r Run) SetService(v purchase.Version) error {
	if err := writeJSON(filepath.Join(r.dir, serviceFile), v); err != nil {
		return fmt.Errorf("recording the service of run %s: %w", r.ID, err)
	}
	return nil
}

// Service reads what the run's service said of itself last, the zero Version if it
// did not.
func (r Run) Service() (purchase.Version, error) {
	var v purchase.Version
	err := readJSON(filepath.Join(r.dir, serviceFile), &v)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return purchase.Version{}, fmt.Errorf("run %s: what its service is cannot be read: %w", r.ID, err)
	}
	return v, nil
}
