package fleet

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/runs"
)

// underRoles starts a PostgreSQL with roles.sql, lets the owner make the tables, and returns
// the address for a role.
func underRoles(t *testing.T) func(role string) string {
	t.Helper()
	server := postgres.Start(t)
	superuser(t, server.URL("postgres"), `CREATE DATABASE sagalab`)
	roles, err := os.ReadFile("../../deploy/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	superuser(t, server.URL("sagalab"), string(roles)+`; CREATE ROLE other_team LOGIN IN ROLE sagalab_fleets`)
	as := func(role string) string {
		superuser(t, server.URL("sagalab"), `ALTER ROLE `+role+` PASSWORD 'of `+role+`'`)
		u, err := url.Parse(server.URL("sagalab"))
		if err != nil {
			t.Fatal(err)
		}
		u.User = url.UserPassword(role, "of "+role)
		return u.String()
	}
	if err := Migrate(t.Context(), as("sagalab_owner"), slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return as
}

// TestRoleWithBadIntentions: while one role's fleet sends a load, another role that may use
// fleets, too, tries to read, stop, falsify and redirect it. It sees and changes nothing, and
// the load is complete.
func TestRoleWithBadIntentions(t *testing.T) {
	t.Parallel()
	as := underRoles(t)
	fleet := as("sagalab_fleet")
	join(t, fleet, "w0")
	join(t, fleet, "w1")
	s := newTestbed(t, fleet, newService(t, time.Millisecond, 100))
	attacked := make(chan struct{})
	go func() {
		defer close(attacked)
		<-s.reached
		attack(t, s, as("other_team"))
	}()
	got, err := s.send(t.Context(), "open:100/s@6s", 2)
	<-attacked
	if err != nil {
		t.Fatal(err)
	}
	s.conserved(got)
	if got.State != runs.Complete || len(got.Operations) != 600 {
		t.Errorf("%s, %d operations; want complete, 600", got.State, len(got.Operations))
	}
}

// attack tries, as another role, what would disturb or reveal the load of s.
func attack(t *testing.T, s *testbed, where string) {
	var id, worker string
	if err := s.fleet.db.QueryRowContext(t.Context(), `SELECT load_id, worker_id FROM shares LIMIT 1`).Scan(&id, &worker); err != nil {
		t.Error(err)
		return
	}
	c, err := pgx.Connect(t.Context(), where)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close(context.Background())
	for _, statement := range []string{ // each sees or changes no row
		`SELECT 1 FROM sagalab_fleet.workers`, `SELECT 1 FROM sagalab_fleet.loads`, `SELECT 1 FROM sagalab_fleet.shares`, `SELECT 1 FROM sagalab_fleet.parcels`,
		`SELECT 1 FROM sagalab_fleet_engine.workflow_status`, `SELECT 1 FROM sagalab_fleet_engine.workflow_input`, `SELECT 1 FROM sagalab_fleet_engine.operation_outputs`,
		`UPDATE sagalab_fleet.loads SET phase = 'stopped', reason = 'x'`,
		`UPDATE sagalab_fleet.loads SET belongs_to = session_user::text`,
		`UPDATE sagalab_fleet.shares SET phase = 'lost'`,
		`UPDATE sagalab_fleet.workers SET seen_at = 0`,
		`DELETE FROM sagalab_fleet.parcels`, `DELETE FROM sagalab_fleet.shares`, `DELETE FROM sagalab_fleet.loads`, `DELETE FROM sagalab_fleet.workers`,
		`DELETE FROM sagalab_fleet.meta`, `UPDATE sagalab_fleet.meta SET schema_version = 99`,
		`DELETE FROM sagalab_fleet_engine.workflow_status`, `UPDATE sagalab_fleet_engine.workflow_status SET status = 'CANCELLED'`,
		`DELETE FROM sagalab_fleet_engine.queues`, `UPDATE sagalab_fleet_engine.queues SET worker_concurrency = 0`,
		`DELETE FROM sagalab_fleet_engine.dbos_migrations`,
	} {
		tag, err := c.Exec(t.Context(), statement)
		if err != nil || tag.RowsAffected() != 0 {
			t.Errorf("%s: %v, %v; want no rows", statement, tag, err)
		}
	}
	for _, statement := range []string{ // each is refused
		`INSERT INTO sagalab_fleet.parcels (load_id, number, seq, records, packed) VALUES ('` + id + `', 0, 99, 1, '')`,
		`INSERT INTO sagalab_fleet.shares (load_id, number, worker_id, phase, progress) VALUES ('` + id + `', 7, '` + worker + `', 'taken', '{}')`,
		`INSERT INTO sagalab_fleet.loads (load_id, plan, phase, reason, start_at, origin, seen_at, belongs_to) VALUES ('mine', '{}', 'gathering', '', 0, 0, 0, 'sagalab_fleet')`,
		`INSERT INTO sagalab_fleet_engine.workflow_status (workflow_uuid, belongs_to) VALUES ('mine', 'sagalab_fleet')`,
		`INSERT INTO sagalab_fleet_engine.workflow_schedules (schedule_id) VALUES ('mine')`,
		`INSERT INTO sagalab_fleet.meta VALUES (99)`,
		`ALTER TABLE sagalab_fleet.loads DISABLE ROW LEVEL SECURITY`,
		`DROP POLICY own_rows ON sagalab_fleet.loads`,
		`SET ROLE sagalab_fleet`, `SET ROLE sagalab_owner`, `SET SESSION AUTHORIZATION sagalab_fleet`,
		`TRUNCATE sagalab_fleet.parcels`,
	} {
		_, err := c.Exec(t.Context(), statement)
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "42501" {
			t.Errorf("%s: %v, want insufficient_privilege (42501)", statement, err)
		}
	}
}

// TestRolesHaveFleetsOfTheirOwn: two roles in one database, of which neither sees the
// other's workers.
func TestRolesHaveFleetsOfTheirOwn(t *testing.T) {
	t.Parallel()
	as := underRoles(t)
	for _, role := range []string{"sagalab_fleet", "other_team"} {
		db := as(role)
		join(t, db, "w-"+role)
		s := newTestbed(t, db, newService(t, time.Millisecond, -1))
		all, err := s.fleet.Members(t.Context())
		if err != nil || len(all) != 1 || all[0].Name != "w-"+role {
			t.Errorf("%s sees %v, %v; want its own worker", role, all, err)
		}
		got, err := s.send(t.Context(), "open:100/s@1s", 0)
		if err != nil || len(got.Operations) != 100 {
			t.Errorf("%s: %v, %d operations; want 100", role, err, len(got.Operations))
		}
	}
}

// TestWorkerSendsOnlyWhereItIsAllowed: a plan in the database names an address that the
// worker's own configuration does not have. A listener there gets no connection.
func TestWorkerSendsOnlyWhereItIsAllowed(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			var connections atomic.Int64
			go func() {
				for {
					c, err := listener.Accept()
					if err != nil {
						return
					}
					connections.Add(1)
					c.Close()
				}
			}()
			_, port, _ := net.SplitHostPort(listener.Addr().String())
			db := database(t)
			service := newService(t, 0, -1)
			allowed := strings.TrimPrefix(service.URL, "http://")
			join(t, db, "w0", childAllow+"=http://"+allowed+" shop.example 127.0.0.1:1")
			s := newTestbed(t, db, service)
			for _, api := range []string{
				"http://127.0.0.1:" + port, "http://localhost:" + port, "http://[::1]:" + port, "https://127.0.0.1:" + port,
				"https://" + allowed, "http://localhost" + allowed[strings.LastIndex(allowed, ":"):],
				"http://shop.example", "https://shop.example:" + port, "http://127.0.0.1:" + port + "/" + allowed,
			} {
				g := s.coordinatorOf(api)
				if err := g.prepareAndStart(t.Context()); err == nil || !strings.Contains(err.Error(), "--allow-host") {
					t.Errorf("%s: %v, want that the worker refuses it", api, err)
				}
				g.stopWorkers("refused")
				g.deleteLoad()
			}
			total, _ := s.requests()
			if n := connections.Load(); n != 0 || total != 0 {
				t.Errorf("the listener got %d connections, the service %d requests; want none", n, total)
			}
			if got, err := s.send(t.Context(), "x:10x2", 0); err != nil || len(got.Operations) != 10 { // the allowed one works
				t.Errorf("the allowed service got %d purchases, %v", len(got.Operations), err)
			}
		})
	}
}
