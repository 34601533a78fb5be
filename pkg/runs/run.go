package runs

import (
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
// are included with the rows that were recorded.
func (r Run) Stages() ([]Stage, error) { return r.newest(Load) }

// Cases reads the newest execution of each sequential case, as Stages does.
func (r Run) Cases() ([]Stage, error) { return r.newest(Case) }

func (r Run) newest(kind string) ([]Stage, error) {
	dirs, err := r.files().newest(kind)
	if err != nil {
		return nil, err
	}
	stages := make([]Stage, len(dirs))
	for i, d := range dirs {
		if stages[i], err = r.files().readStage(d.path); err != nil {
			return nil, err
		}
	}
	return stages, nil
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
