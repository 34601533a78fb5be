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
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Ground is what a run's load started from. It lies beside the run, so that the
// run can be judged on a later day.
type Ground struct {
	// Name says what was set, a scene's name, say.
	Name string `json:"name"`
	// After is how many executions of the run came before it, and so do not count.
	After int `json:"after"`
	// Scene was set, or Before was read of a service that has no scenes to set.
	Scene  *purchase.Scene `json:"scene,omitempty"`
	Before *audit.State    `json:"before,omitempty"`
}

// ownData is the fixture of a service that goes on with what it has.
const ownData = "the service's own data"

// Fixture is what the load started from, in words; "" when it was not recorded.
func (g Ground) Fixture() string {
	if g.Before != nil {
		return ownData
	}
	return g.Name
}

func groundFile(r runs.Run) string { return filepath.Join(r.Dir(), "ground.json") }

// Lay sets the scene, or reads the state as it is when the service has no scenes
// to set (the error is then purchase.ErrNoScene, and the ground is good), and
// notes it as what the run's next stages start from.
func Lay(ctx context.Context, c *purchase.Client, r runs.Run, name string, scene purchase.Scene) error {
	after, err := r.Executed()
	if err != nil {
		return err
	}
	g := Ground{Name: name, After: after, Scene: &scene}
	set := c.SetScene(ctx, scene)
	if errors.Is(set, purchase.ErrNoScene) {
		g.Scene = nil
		if g.Before, err = State(ctx, c, SubjectsOf(nil, &scene)); err != nil {
			return err
		}
	} else if set != nil {
		return set
	}
	if err := g.save(r); err != nil {
		return err
	}
	return set
}

// Survey reads the state as it is, without setting anything, as what the run's
// next stages start from.
func Survey(ctx context.Context, c *purchase.Client, r runs.Run, of Subjects) error {
	after, err := r.Executed()
	if err != nil {
		return err
	}
	before, err := State(ctx, c, of)
	if err != nil {
		return err
	}
	return Ground{Name: ownData, After: after, Before: before}.save(r)
}

func (g Ground) save(r runs.Run) error {
	b, err := json.Marshal(g)
	if err == nil {
		err = os.WriteFile(groundFile(r), b, 0o644)
	}
	if err != nil {
		return fmt.Errorf("noting what run %s starts from: %w", r.ID, err)
	}
	return nil
}

// GroundOf is what the run's load started from; the zero Ground when nobody
// noted it.
func GroundOf(r runs.Run) (Ground, error) {
	b, err := os.ReadFile(groundFile(r))
	if errors.Is(err, fs.ErrNotExist) {
		return Ground{}, nil
	}
	var g Ground
	if err == nil {
		err = json.Unmarshal(b, &g)
	}
	if err != nil {
		return Ground{}, fmt.Errorf("run %s: what it started from cannot be read: %w", r.ID, err)
	}
	return g, nil
}
