package nb

import (
	"fmt"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// Fixture sets the users and products of a service and drops all its orders, before
// load is run. A service that does not offer PUT /lab/scenario keeps its own data, and
// the cell prints so. Name is what the fixture is called in the cell's output.
func (l Lab) Fixture(name string, f purchase.Fixture) { exitOnError(l.applyFixture(name, f)) }

func (l Lab) applyFixture(name string, f purchase.Fixture) error {
	run, err := l.current()
	if err != nil {
		return err
	}
	if err := readInterlock(run).refuse("fixture " + name); err != nil {
		return err
	}
	target, err := l.target()
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	client, release, err := observe.NewClient(target.Endpoint, target.Adapter, target.Config)
	if err != nil {
		return err
	}
	defer release()
	applied, err := observe.ApplyFixture(ctx, client, run, name, f)
	switch {
	case err != nil:
	case !applied:
		printf("Fixture %s not applied: %v; the service keeps its own users, products and orders\n", name, purchase.ErrNoFixture)
	default:
		printf("Fixture %s applied: %s, %s, no orders\n", name, counted(len(f.Users), "user"), counted(len(f.Products), "product"))
	}
	return err
}

// counted writes a number of things: "1 user", "2 users".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}
