package runner

import (
	"fmt"

	"sagalab/pkg/load"
	"sagalab/pkg/retry"
)

// spareFiles is how many files this process needs beside its connections: the
// run's tables and journal, the proxies of a trial, what the runtime keeps open.
const spareFiles = 64

// checkFileLimit refuses a workload of a closed stage that must run out of files. One
// of the open model may stay far below its cap, so that there only is a warning
// afterwards.
func checkFileLimit(w load.Workload) error {
	s, users := w.Stage(), w.Connections()
	if have := openFiles(); !s.Open() && have > 0 && users+spareFiles > have {
		return fmt.Errorf("stage %q: %d virtual users need %d open files, and this process may have %d (RLIMIT_NOFILE): raise it with `ulimit -n`, or use fewer users",
			s.Name, users, users+spareFiles, have)
	}
	return nil
}

// limitWarnings returns which limits of this machine attempts ran into, as sentences
// and as notes of a few words.
func limitWarnings(classes map[retry.Class]int) (warnings, notes []string) {
	if n := classes[retry.FDLimit]; n > 0 {
		warnings, notes = append(warnings, filesWarning(n)), append(notes, "client ran out of files")
	}
	if n := classes[retry.Ports]; n > 0 {
		warnings, notes = append(warnings, portsWarning(n)), append(notes, "client ran out of ports")
	}
	return warnings, notes
}
