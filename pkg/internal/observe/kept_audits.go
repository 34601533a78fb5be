package observe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/runs"
)

// auditsMax bounds the reports kept of one run, a file each.
const auditsMax = 1000

func auditsDir(r runs.Run) string { return filepath.Join(r.Dir(), "audits") }

func auditFile(r runs.Run, n int) string {
	return filepath.Join(auditsDir(r), fmt.Sprintf("%03d.json", n))
}

// SaveAudit keeps a report beside the run that it judges, as the newest. Safe for
// concurrent use, by several processes too.
func SaveAudit(r runs.Run, report audit.Report) error {
	fail := func(err error) error { return fmt.Errorf("keeping the audit of run %s: %w", r.ID, err) }
	text, err := report.JSON()
	if err != nil {
		return fail(err)
	}
	if err := os.MkdirAll(auditsDir(r), 0o755); err != nil {
		return fail(err)
	}
	for n := 1; n <= auditsMax; n++ {
		file, err := os.OpenFile(auditFile(r, n), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return fail(err)
		}
		_, err = file.Write(text)
		if err = errors.Join(err, file.Close()); err != nil {
			os.Remove(file.Name()) // an incomplete report would make Audits fail
			return fail(err)
		}
		return nil
	}
	return fail(fmt.Errorf("it has %d audits, the most that are kept: begin another run", auditsMax))
}

// ReadAudits reads the reports kept of a run, in the order in which they were kept. Of
// those that judged the same stages only the newest counts.
func ReadAudits(r runs.Run) (reports []audit.Report, err error) {
	for n := 1; n <= auditsMax; n++ {
		text, err := osfile.ReadRegular(auditFile(r, n))
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		var report audit.Report
		if err == nil {
			err = json.Unmarshal(text, &report)
		}
		if err != nil {
			return nil, fmt.Errorf("run %s: its audit %d cannot be read: %w", r.ID, n, err)
		}
		reports = slices.DeleteFunc(reports, func(older audit.Report) bool { return slices.Equal(older.Stages, report.Stages) })
		reports = append(reports, report)
	}
	return reports, nil
}
