package runs

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"sagalab/pkg/purchase"
)

// serviceFile has the version that the run's service reported. It is not in run.json,
// which is written before the first request and never replaced (see locked).
const serviceFile = "service.json"

// SetService records the version that the run's service reported, in place of an
// earlier one.
func (r Run) SetService(v purchase.Version) error {
	if err := writeJSON(filepath.Join(r.dir, serviceFile), v); err != nil {
		return fmt.Errorf("recording the service of run %s: %w", r.ID, err)
	}
	return nil
}

// Service returns the version that the run's service reported last, the zero Version
// when it reported none.
func (r Run) Service() (purchase.Version, error) {
	var v purchase.Version
	err := readJSON(filepath.Join(r.dir, serviceFile), &v)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return purchase.Version{}, fmt.Errorf("run %s: reading the version of its service: %w", r.ID, err)
	}
	return v, nil
}
