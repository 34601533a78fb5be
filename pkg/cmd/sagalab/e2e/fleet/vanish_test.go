package fleet

import (
	"context"
	"errors"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/testing/postgres"
)

// TestLoadEndsWhenItsRowsVanish deletes what `load --fleet` has in the database, in several
// ways: it ends by itself, with an error that says what is gone.
func TestLoadEndsWhenItsRowsVanish(t *testing.T) {
	t.Parallel()
	server := postgres.Shared(t)
	for name, tt := range map[string]struct{ do, want string }{
		"partitions": {`DELETE FROM sagalab_fleet.shares`, "vanished from the fleet's database: the row of partition"},
		"schemas":    {`DROP SCHEMA sagalab_fleet CASCADE; DROP SCHEMA sagalab_fleet_engine CASCADE`, "vanished from the fleet's database"},
		"database":   {"", "vanished from the fleet's database"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := server.Database(t)
			api, _ := counter(t, "127.0.0.2:0")
			startWorkers(t, db, 2)
			p := e2e.Command(t, "load", "--api", api, "--fleet", db, "--stage", "open:100/s@10m", "--attempts", "1")
			var log e2e.Transcript
			p.Stderr = &log
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			log.UntilAny(t, regexp.MustCompile(`(\d+) success`), func(m []string) bool { n, _ := strconv.Atoi(m[1]); return n >= 50 })
			where, do := db, tt.do
			if do == "" { // from another database
				u, err := url.Parse(db)
				if err != nil {
					t.Fatal(err)
				}
				do = `DROP DATABASE ` + strings.TrimPrefix(u.Path, "/") + ` WITH (FORCE)`
				u.Path = "/postgres"
				where = u.String()
			}
			c, err := pgx.Connect(t.Context(), where)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close(context.Background())
			if err := execute(t.Context(), c, do); err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			err = p.Wait()
			if status := p.ProcessState.ExitCode(); status != 2 || !strings.Contains(log.String(), tt.want) {
				t.Errorf("load ended with %v (%d), want status 2 and %q\n%s", err, status, tt.want, &log)
			}
			if after := time.Since(began); after > 2*time.Minute {
				t.Errorf("it ended after %v", after)
			} else {
				t.Logf("ended after %v", after.Round(time.Millisecond))
			}
		})
	}
}

// execute runs statements again when PostgreSQL ends them for a deadlock with those of the
// fleet, which use the same tables in another order.
func execute(ctx context.Context, c *pgx.Conn, statements string) error {
	for {
		_, err := c.Exec(ctx, statements)
		if e := new(pgconn.PgError); !errors.As(err, &e) || e.Code != "40P01" { // deadlock_detected
			return err
		}
	}
}
