package fleet

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/runs"
)

// TestLeastPrivilege runs pkg/deploy/roles.sql, lets the owner create the tables, and runs a fleet under its own role, which has no
// further rights.
func TestLeastPrivilege(t *testing.T) {
	t.Parallel()
	server := postgres.Start(t)
	superuser(t, server.URL("postgres"), `CREATE DATABASE sagalab`)
	roles, err := os.ReadFile("../../deploy/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	superuser(t, server.URL("sagalab"), string(roles))
	as := func(role string) string {
		superuser(t, server.URL("sagalab"), `ALTER ROLE `+role+` PASSWORD 'of `+role+`'`)
		u, err := url.Parse(server.URL("sagalab"))
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, "of "+role)
		return u.String()
	}
	fleet, quiet := as("sagalab_fleet"), slog.New(slog.DiscardHandler)

	if f, err := Open(t.Context(), fleet, quiet); err == nil || !strings.Contains(err.Error(), "sagalab migrate") {
		t.Errorf("before the owner ran migrate, Open gave %v, %v; want advice to migrate", f, err)
	}
	owner, err := Open(t.Context(), as("sagalab_owner"), quiet)
	if err != nil {
		t.Fatalf("the owner cannot make the tables: %v", err)
	}
	if err := owner.Close(); err != nil {
		t.Error(err)
	}

	join(t, fleet, "w0")
	join(t, fleet, "w1")
	s := newTestbed(t, fleet, newService(t, time.Millisecond, -1))
	got, err := s.send(t.Context(), "open:100/s@2s", 2)
	if err != nil {
		t.Fatal(err)
	}
	s.conserved(got)
	if got.State != runs.Complete || len(got.Operations) != 200 {
		t.Errorf("%s, %d operations; want complete, 200", got.State, len(got.Operations))
	}
	refused(t, fleet)
}

// refused tries statements that the fleet's role must not be able to run.
func refused(t *testing.T, fleet string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), fleet)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, statement := range []string{
		`CREATE SCHEMA mine`,
		`CREATE TABLE sagalab_fleet.mine (n int)`,
		`CREATE TABLE sagalab_fleet_engine.mine (n int)`,
		`CREATE TABLE public.mine (n int)`,
		`CREATE TEMPORARY TABLE mine (n int)`,
		`ALTER TABLE sagalab_fleet.loads ADD mine int`,
		`TRUNCATE sagalab_fleet.parcels`,
		`DROP TABLE sagalab_fleet.parcels`,
		`CREATE TABLE sagalab_orders.mine (n int)`,
		`SELECT sagalab_orders.anything()`,
		`CREATE ROLE mine`,
		`SET ROLE sagalab_owner`,
		`SELECT * FROM pg_authid`,
		`COPY (SELECT 1) TO PROGRAM 'true'`,
	} {
		_, err := c.Exec(t.Context(), statement)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "42501" {
			t.Errorf("%s as the fleet's role gave %v, want insufficient_privilege (42501)", statement, err)
		}
	}
}

func superuser(t *testing.T, where, sql string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%v in\n%s", err, sql)
	}
}
