package observe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/audit/history"
	"sagalab/pkg/internal/osfile"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Baseline is what a run's load started from: the fixture that was applied, or the
// state that was read. It is kept beside the run, so that the run can be audited
// later. The zero Baseline says that nothing was recorded.
type Baseline struct {
	// Name is the fixture's name.
	Name string `json:"name"`
	// FirstExecution is the index of the first of the run's executions that started
	// from it.
	FirstExecution int `json:"after"`
	// Fixture was applied, or Before was read of a service that cannot apply one; the
	// other is nil.
	Fixture *purchase.Fixture `json:"scene,omitempty"`
	Before  *audit.State      `json:"before,omitempty"`
	// Subjects are what was asked for in Before, also those that the service does not
	// know; nil without Before, and in runs from before it was recorded.
	Subjects *Subjects `json:"subjects,omitempty"`
}

// subjects returns what was read before the run, so that the same is read after it.
func (b Baseline) subjects() (of Subjects) {
	if b.Subjects != nil {
		return *b.Subjects
	}
	if b.Before == nil {
		return of
	}
	for _, p := range b.Before.Products {
		of.Products = append(of.Products, p.ProductID)
	}
	for _, u := range b.Before.Users {
		of.Users = append(of.Users, u.UserID)
	}
	return of
}

// ownData is the name of a baseline without a fixture.
const ownData = "the service's own data"

// Description says what the load started from, "" when that was not recorded.
func (b Baseline) Description() string {
	if b.Before != nil {
		return ownData
	}
	return b.Name
}

// baselineFile returns the path of a run's baseline. The file's name is older than
// the type's.
func baselineFile(r runs.Run) string { return filepath.Join(r.Dir(), "ground.json") }

// ApplyFixture sets the state of the service to a fixture and keeps it as the
// baseline of the run's next stages. When the service offers no call to set its
// state, applied is false and the state as it is becomes the baseline. It is sent under
// the run's token, and those of runs of the same directory that have just ended. When another run of the same directory is sending to the service and
// the service nevertheless applies the fixture, both runs record it
// (ForeignFixtures). also are subjects beside the fixture's, which the next stages are known
// to use.
func ApplyFixture(ctx context.Context, c *purchase.Client, r runs.Run, name string, fixture purchase.Fixture, also ...Subjects) (applied bool, err error) {
	first, err := r.Executed()
	if err != nil {
		return false, err
	}
	token, err := RunToken(r)
	if err != nil {
		return false, err
	}
	met, others, ended := otherRuns(r, c.Endpoint().String(), name)
	if c, err = c.ForRun(token, ended...); err != nil {
		return false, err
	}
	b := Baseline{Name: name, FirstExecution: first, Fixture: &fixture}
	err = c.SetFixture(ctx, fixture)
	if applied = err == nil; applied {
		err = recordForeign(r, met, others)
	}
	if errors.Is(err, purchase.ErrNoFixture) {
		b.Fixture = nil
		of := SubjectsOf(nil, &fixture)
		for _, more := range also {
			of = of.With(more)
		}
		b.Subjects = &of
		b.Before, err = readBefore(ctx, c, of)
	}
	if err != nil {
		return false, err
	}
	return applied, b.save(r)
}

// ReadBaseline keeps the state of the subjects as it is as the baseline of the run's
// next stages.
func ReadBaseline(ctx context.Context, c *purchase.Client, r runs.Run, of Subjects) error {
	first, err := r.Executed()
	if err != nil {
		return err
	}
	before, err := readBefore(ctx, c, of)
	if err != nil {
		return err
	}
	return Baseline{Name: ownData, FirstExecution: first, Before: before, Subjects: &of}.save(r)
}

// readBefore reads the state before a load, as fresh as the service declares its reads to
// be: what was bought just before belongs to it.
func readBefore(ctx context.Context, c *purchase.Client, of Subjects) (*audit.State, error) {
	lag := declaredLag(ctx, c)
	if err := sleep(ctx, min(asDuration(lag), longestLag)); err != nil {
		return nil, err
	}
	s, err := ReadState(ctx, c, of)
	if err != nil {
		return nil, err
	}
	s.LagMS = lag
	if n := len(pendingOrders(s.Orders)); n > 0 {
		s.Unsettled = history.Counted(n, "order was", "orders were") + " pending when the state before the load was read"
	}
	return s, nil
}

func (b Baseline) save(r runs.Run) error {
	text, err := json.Marshal(b)
	if err == nil {
		err = os.WriteFile(baselineFile(r), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("writing the baseline of run %s: %w", r.ID, err)
	}
	return nil
}

// LoadBaseline reads what the run's load started from; the zero Baseline when that
// was not recorded.
func LoadBaseline(r runs.Run) (Baseline, error) {
	text, err := osfile.ReadRegular(baselineFile(r))
	if errors.Is(err, fs.ErrNotExist) {
		return Baseline{}, nil
	}
	var b Baseline
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		return Baseline{}, fmt.Errorf("run %s: its baseline cannot be read: %w", r.ID, err)
	}
	return b, nil
}
