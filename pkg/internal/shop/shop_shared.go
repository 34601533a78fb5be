package shop

import (
	"context"
	"errors"
	"time"
)

// openTime bounds the opening on a server that hangs.
const openTime = 2 * time.Minute

// openShared opens a database of PostgreSQL, makes what is missing there, and joins
// the processes that are using it.
func (s *Shop) openShared(ctx context.Context) error {
	sv, err := parseServer(s.config.DB)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, openTime, errors.New("it took too long"))
	defer cancel()
	return sv.failed(s.join(ctx, sv))
}

func (s *Shop) join(ctx context.Context, sv *server) error {
	db, err := s.openSchemas(ctx, sv)
	if err != nil {
		return err
	}
	s.peers = newPeers(db, s.config.lease)
	if err := s.peers.join(); err != nil {
		return err
	}
	if err := s.openScene(ctx); err != nil {
		return err
	}
	pool, err := sv.pool(ctx, engineIn, engineConnections)
	if err != nil {
		return err
	}
	err = alone(ctx, db.pool, func() (err error) {
		s.engine, err = openSharedEngine(ctx, pool, s.peers.me(), s.saga(), s.engineLogger())
		return err
	})
	if err != nil {
		if s.engine == nil {
			pool.Close()
		}
		return err
	}
	if err := s.engine.launch(); err != nil {
		return err
	}
	return s.attend()
}

// openSchemas opens the participants; db is the orders'.
func (s *Shop) openSchemas(ctx context.Context, sv *server) (db *postgresSchema, err error) {
	open := func(schema, tables string) (*postgresSchema, error) {
		pool, err := sv.pool(ctx, schema, storeConnections)
		if err != nil {
			return nil, err
		}
		if err := alone(ctx, pool, func() error { return migrate(ctx, pool, schema, tables) }); err != nil {
			pool.Close()
			return nil, err
		}
		return newPostgresSchema("the schema "+schema, schema, pool), nil
	}
	if db, err = open(ordersIn, ordersTables); err != nil {
		return nil, err
	}
	s.orders = &orders{&store{db}}
	st, err := open(stockIn, stockTables)
	if err != nil {
		return nil, err
	}
	s.stock = &stock{&store{st}}
	p, err := open(paymentsIn, paymentsTables)
	if err != nil {
		return nil, err
	}
	s.payments = &payments{&store{p}}
	return db, nil
}
