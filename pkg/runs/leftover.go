package runs

import (
	"os"
	"path/filepath"
	"strings"

	"sagalab/pkg/internal/osfile"
)

// removeLeftovers removes the unfinished tables of a process that died from the directory of a stage
// that has ended: of the one that recorded it, or of a reader. It closes the journal, which this
// reader has open. While another reader may be writing tables, which it does with the journal
// locked, nothing is removed, and the next one that opens the stage does. Meanwhile the journal
// seems to be in use; stage.json says by then that the stage has ended. Files that cannot be
// removed stay.
func removeLeftovers(dir string, journal *os.File) {
	names := leftovers(dir)
	if len(names) == 0 {
		return
	}
	journal.Close()
	own, err := osfile.OpenRegular(journal.Name(), false)
	if err != nil {
		return // the process that recorded the stage has just ended it
	}
	defer own.Close()
	if osfile.TryLock(own, osfile.Exclusive) != nil {
		return
	}
	for _, name := range leftovers(dir) { // and not of a reader who has published its tables since
		os.Remove(name)
	}
}

// leftovers returns the paths of the unfinished tables in a directory.
func leftovers(dir string) (paths []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		for _, table := range [...]string{operationsFile, attemptsFile} {
			if strings.HasPrefix(e.Name(), "."+table+"-") && e.Type().IsRegular() {
				paths = append(paths, filepath.Join(dir, e.Name()))
			}
		}
	}
	return paths
}
