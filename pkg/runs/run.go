package runs

import (
	"slices"
	"time"

	"sagalab/pkg/internal/osfile"
)

// runFile is a file that each directory of a run has.
const runFile = "run.json"

// TimeLayout is the layout in which the start of a run is written for people, with
// the time zone as an offset, since names of zones are ambiguous.
const TimeLayout = "2006-01-02 15:04:05 -07:00"

// Run is a run of a store, with what run.json says of it. Its methods read what is
// on disk when they are called and are safe for concurrent use, also while other
// processes record stages of the run.
type Run struct {
	// ID names the run and its directory: the second of its start in UTC,
	// "20260102-150405", with "-2" and so on when several started in it.
	ID string `json:"id"`
	// Name is what the run was made for, such as the name of a notebook.
	Name string `json:"name"`
	// API is the service's address.
	API     string    `json:"api"`
	Created time.Time `json:"created"`
	// Session is the id of the notebook execution that began it, "" when it was not
	// begun by a notebook, and in runs from before sessions were recorded.
	Session string `json:"session,omitempty"`
	// Provenance is the machine and the program that it was measured with; the zero
	// value in runs from before this was recorded.
	Provenance Provenance `json:"provenance,omitzero"`

	dir string
}

// Dir returns the run's directory.
func (r Run) Dir() string { return r.dir }

func (r Run) files() runDir { return runDir(r.dir) }

// Stages reads the newest execution of each stage of load, in the order in which
// their names first appeared. Stages that are still running, or whose process died,
// are included with the rows that were recorded. All rows are read into memory, which is
// about 700 MB for a million purchases; OpenStages leaves those of large stages on disk.
func (r Run) Stages() ([]Stage, error) { return r.newest(Load) }

// Cases reads the newest execution of each sequential case, as Stages does.
func (r Run) Cases() ([]Stage, error) { return r.newest(Case) }

func (r Run) newest(kind string) ([]Stage, error) {
	stages, err := r.opened(kind, nil)
	if err == nil {
		err = r.readRows(stages)
	}
	return stages, err
}

// OpenStages opens the newest execution of each stage of load, in the order of Stages,
// for tables, figures and comparisons. The rows of stages that have more than MaxInMemory
// operations together stay on disk (Stage.OnDisk); those of fewer are read into memory, and
// so are the rows of a stage that is still running. With names, it opens only the stages
// of these names; names that the run does not have are ignored. Damaged files are found
// when they are opened.
func (r Run) OpenStages(names ...string) ([]Stage, error) { return r.stored(Load, names) }

// OpenCases opens the newest execution of each sequential case, as OpenStages does.
func (r Run) OpenCases() ([]Stage, error) { return r.stored(Case, nil) }

func (r Run) stored(kind string, names []string) ([]Stage, error) {
	stages, err := r.opened(kind, names)
	if err != nil {
		return nil, err
	}
	n := 0
	for _, s := range stages {
		n += s.OperationCount()
	}
	if n <= maxInMemory {
		err = r.readRows(stages)
	}
	return stages, err
}

// opened opens the newest execution of each stage of a kind, of some names when there are
// names.
func (r Run) opened(kind string, names []string) ([]Stage, error) {
	dirs, err := r.files().newest(kind)
	if err != nil {
		return nil, err
	}
	stages := make([]Stage, 0, len(dirs))
	for _, d := range dirs {
		if len(names) > 0 && !slices.Contains(names, d.stage) {
			continue
		}
		s, err := openStage(d.path)
		if err != nil {
			return nil, r.files().stageError(d.path, err)
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// readRows reads the rows of stages into memory.
func (r Run) readRows(stages []Stage) (err error) {
	for i, s := range stages {
		if stages[i], err = s.ReadRows(); err != nil {
			return r.files().stageError(s.stored.dir, err)
		}
	}
	return nil
}

// Executions reads each execution of the run's stages and cases, also those that
// were repeated later, in the order of execution and without the first skip ones.
// Together they are what changed the service's state.
func (r Run) Executions(skip int) ([]Stage, error) {
	dirs, _, err := r.files().executed()
	if err != nil {
		return nil, err
	}
	stages := []Stage{}
	for _, dir := range dirs[min(skip, len(dirs)):] {
		s, err := r.files().readStage(dir)
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// Executed counts the executions that have begun in the run, also those that other
// processes began.
func (r Run) Executed() (n int, err error) {
	err = r.files().locked(osfile.Shared, func() error {
		dirs, _, err := r.files().executed()
		n = len(dirs)
		return err
	})
	return n, err
}
