package nb

import (
	"errors"
	"fmt"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/purchase"
)

// CheckConnectivity asks GET /health as the original notebook does, or what the adapter asks:
// 3 attempts of 3 s, 1 s apart. Stages and cases start only after it has succeeded.
func (l Lab) CheckConnectivity() { exitOnError(l.checkConnectivity()) }

func (l Lab) checkConnectivity() error {
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
	client, release, err := observe.NewClient(target.Endpoint, target.Adapter, target.Config)
	if err != nil {
		return err
	}
	defer release()
	how := purchase.DefaultConnectivity()
	err = client.Reachable(ctx, how, func(attempt int, err error) {
		printf("Connectivity check %d of %d failed: %v\n", attempt, how.Attempts, err)
	})
	g := interlock{Checked: true, Reachable: err == nil}
	if err != nil {
		g.Why, g.Remedy = err.Error(), healthRemedy(err, target.Adapter)
	}
	if saveErr := g.save(run); saveErr != nil {
		return saveErr
	}
	var down *purchase.UnreachableError
	if errors.As(err, &down) && down.WrongPath() != "" {
		return fmt.Errorf("%w: stages and cases will not start; the path %s of the API's address may be wrong: correct it, and run this cell again", err, down.WrongPath())
	}
	if err != nil {
		return fmt.Errorf("%w: stages and cases will not start; %s, and run this cell again", err, g.remedy())
	}
	service, err := observe.RecordService(ctx, client, run)
	if err != nil {
		return err
	}
	if service == (purchase.Version{}) && !purchase.OffersOf(target.Adapter).Version {
		printf("Connectivity check OK: %s answers\n", target.Endpoint)
		return nil
	}
	if service == (purchase.Version{}) {
		printf("Connectivity check OK: %s answers; it does not say its version (GET /version)\n", target.Endpoint)
		return nil
	}
	printf("Connectivity check OK: %s answers: %s\n", target.Endpoint, service)
	return nil
}

// healthRemedy says what to do where something answers and says that there is no such health;
// "" where the service may not be there.
func healthRemedy(err error, a purchase.Adapter) string {
	var down *purchase.UnreachableError
	if !errors.As(err, &down) || !down.Answered() {
		return ""
	}
	const address = "correct the API's address"
	if _, contract := purchase.ContractOf(a); contract {
		return address
	}
	if _, file := a.(purchase.PortableAdapter); file {
		return fmt.Sprintf("%s, or health: in the file of the adapter %s", address, purchase.NameOf(a))
	}
	return fmt.Sprintf("%s, or the method Health of the adapter %s", address, purchase.NameOf(a))
}
