package nb

import (
	"fmt"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// CheckConnectivity asks GET /health as the original notebook does: 3 attempts
// of 3 s, 1 s apart. Stages and cases start only after it has succeeded.
func (l Lab) CheckConnectivity() { done(l.check()) }

func (l Lab) check() error {
	run, err := l.current()
	if err != nil {
		return err
	}
	target, err := l.target()
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	client, release, err := observe.NewClient(target.Endpoint, target.Config)
	if err != nil {
		return err
	}
	defer release()
	how := purchase.DefaultConnectivity()
	err = client.Reachable(ctx, how, func(attempt int, err error) {
		say("Connectivity attempt %d/%d failed: %v\n", attempt, how.Attempts, err)
	})
	g := gate{Checked: true, Reachable: err == nil}
	if err != nil {
		g.Why = err.Error()
	}
	if saveErr := g.save(run); saveErr != nil {
		return saveErr
	}
	if err != nil {
		return fmt.Errorf("%s is unreachable (%w): stages and cases will not start; start the service, or correct the API's address, and run this cell again", target.Endpoint, err)
	}
	service, err := observe.RecordService(ctx, client, run)
	if err != nil {
		return err
	}
	if service == (purchase.Version{}) {
		say("Connectivity check OK: %s answers; it does not say its version (GET /version)\n", target.Endpoint)
		return nil
	}
	say("Connectivity check OK: %s answers: %s\n", target.Endpoint, service)
	return nil
}

// Scene sets users and products, and drops all orders, on a service that was
// started for a laboratory; another one goes on with its own data, and the cell
// says so.
func (l Lab) Scene(name string, s purchase.Scene) { done(l.scene(name, s)) }

func (l Lab) scene(name string, s purchase.Scene) error {
	run, err := l.current()
	if err != nil {
		return err
	}
	if err := readGate(run).refuse("scene " + name); err != nil {
		return err
	}
	target, err := l.target()
	if err != nil {
		return err
	}
	ctx, stop := interruptible()
	defer stop()
	client, release, err := observe.NewClient(target.Endpoint, target.Config)
	if err != nil {
		return err
	}
	defer release()
	applied, err := observe.ApplyFixture(ctx, client, run, name, s)
	switch {
	case err != nil:
	case !applied:
		say("Scene %s not set: %v; its own users, products and orders are used\n", name, purchase.ErrNoScene)
	default:
		say("Scene %s set: %d users, %d products, no orders\n", name, len(s.Users), len(s.Products))
	}
	return err
}
