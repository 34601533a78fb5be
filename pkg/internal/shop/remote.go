package shop

import (
	"context"
	"fmt"

	"sagalab/pkg/internal/shop/remote"
	"sagalab/pkg/internal/shop/store"
)

// Remote says where a stock and payments are that are processes of their own (package
// remote).
type Remote struct{ Stock, Payments remote.Target }

// ParticipantPath returns the database file of a participant that is a process of its own beside
// that of the orders: the one that it has in one process.
func ParticipantPath(db, name string) string { return store.BesidePath(db, name) }

// remoteParticipants are the connections to a stock and payments in other processes.
type remoteParticipants struct {
	stock    *remote.Stock
	payments *remote.Payments
}

// connect connects to the participants, which have to answer.
func (r Remote) connect(ctx context.Context) (*remoteParticipants, error) {
	stock, err := remote.NewStock(ctx, r.Stock)
	if err != nil {
		return nil, err
	}
	payments, err := remote.NewPayments(ctx, r.Payments)
	if err != nil {
		stock.Close()
		return nil, err
	}
	return &remoteParticipants{stock, payments}, nil
}

func (r *remoteParticipants) close() {
	r.stock.Close()
	r.payments.Close()
}

// unset returns the participant that never was set to a fixture, "" when both were.
func (r *remoteParticipants) unset() string {
	switch {
	case r.stock.FixtureID() == "":
		return remote.StockName
	case r.payments.FixtureID() == "":
		return remote.PaymentsName
	}
	return ""
}

// openParticipants opens the database files of all participants, or that of the orders beside
// a stock and payments in other processes.
func (s *Shop) openParticipants(ctx context.Context, path string) (*store.Store, error) {
	if s.config.Remote == nil {
		return store.OpenSQLite(ctx, path, *s.config.Fixture)
	}
	var err error
	if s.remote, err = s.config.Remote.connect(ctx); err != nil {
		return nil, err
	}
	participants, err := store.OpenRemote(ctx, path, *s.config.Fixture, s.remote.stock, s.remote.payments)
	if err != nil {
		return nil, err
	}
	_, planned, err := participants.Orders.PlannedFixture()
	if name := s.remote.unset(); err == nil && !planned && name != "" {
		err = fmt.Errorf("the %s is empty beside %s, whose orders refer to it: restore its file, or remove all of them", name, path)
	}
	if err != nil {
		participants.Close()
		return nil, err
	}
	return participants, nil
}
