package runs

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"sagalab/pkg/internal/osfile"
)

// runDir is the directory of a run: its lock, and the directories of its executed
// stages, which are numbered in the order of execution.
type runDir string

// locked calls f while no other process, and no other goroutine of this one, holds
// the run's lock: osfile.Exclusive for numbering stages, osfile.Shared for counting
// them. The lock is on run.json, which is never replaced.
func (d runDir) locked(mode osfile.Mode, f func() error) error {
	// network file systems want a file that can be written to
	file, err := osfile.OpenRegular(filepath.Join(string(d), runFile), mode == osfile.Exclusive)
	if err != nil {
		return fmt.Errorf("locking run %s: %w", d.id(), err)
	}
	defer file.Close() // which unlocks it
	if err := osfile.Lock(file, mode); err != nil {
		return fmt.Errorf("locking run %s: %w", d.id(), err)
	}
	return f()
}

func (d runDir) id() string { return filepath.Base(string(d)) }

// stageDirName is what the name of a stage's directory begins with.
var stageDirName = regexp.MustCompile(`^\d+-`)

// stageDirs returns the directory of each executed stage, in the order of execution.
func (d runDir) stageDirs() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && stageDirName.MatchString(e.Name()) {
			dirs = append(dirs, filepath.Join(string(d), e.Name()))
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(stageNumber(a), stageNumber(b)) })
	return dirs, nil
}

// stageNumber returns the number of a stage's directory.
func stageNumber(dir string) (n int) {
	_, _ = fmt.Sscanf(filepath.Base(dir), "%d-", &n) // all digits, by stageDirName
	return n
}

// makeStageDir makes the directory of the run's next executed stage, "03-heavy".
// The run must be locked.
func (d runDir) makeStageDir(stage string) (string, error) {
	dirs, err := d.stageDirs()
	if err != nil {
		return "", err
	}
	n := 1
	if len(dirs) > 0 {
		n = stageNumber(dirs[len(dirs)-1]) + 1
	}
	dir := filepath.Join(string(d), fmt.Sprintf("%02d-%s", n, fileName(stage)))
	return dir, os.Mkdir(dir, 0o755)
}

// fileName returns a stage's name with each character but ASCII letters, digits, "-"
// and "_" replaced by "_", cut to 60 bytes.
func fileName(stage string) string {
	name := strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' {
			return c
		}
		return '_'
	}, stage)
	return name[:min(len(name), 60)]
}

// executed returns the directories of the executed stages with what their
// stage.json says, in the order of execution.
func (d runDir) executed() (dirs []string, infos []Info, err error) {
	all, err := d.stageDirs()
	if err != nil {
		return nil, nil, fmt.Errorf("run %s: %w", d.id(), err)
	}
	for _, dir := range all {
		info, err := readInfo(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its process died before it had begun
		}
		if err != nil {
			return nil, nil, fmt.Errorf("run %s, stage %s: %w", d.id(), filepath.Base(dir), err)
		}
		dirs, infos = append(dirs, dir), append(infos, info)
	}
	return dirs, infos, nil
}

// stageDir is the directory of an executed stage, with the stage's name.
type stageDir struct{ stage, path string }

// newest returns the newest execution of each stage of a kind, in the order in which
// their names first appeared.
func (d runDir) newest(kind string) (list []stageDir, err error) {
	dirs, infos, err := d.executed()
	if err != nil {
		return nil, err
	}
	at := map[string]int{}
	for i, info := range infos {
		if info.Kind != kind {
			continue
		}
		n, known := at[info.Stage]
		if !known {
			n = len(list)
			at[info.Stage] = n
			list = append(list, stageDir{stage: info.Stage})
		}
		list[n].path = dirs[i]
	}
	return list, nil
}

// readStage reads the stage in one of the run's directories.
func (d runDir) readStage(dir string) (Stage, error) {
	s, err := readStage(dir)
	if err != nil {
		err = d.stageError(dir, err)
	}
	return s, err
}

// stageError is an error with the stage of a directory that it occurred in.
func (d runDir) stageError(dir string, err error) error {
	return fmt.Errorf("run %s, stage %s: %w", d.id(), filepath.Base(dir), err)
}
