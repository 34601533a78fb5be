package shop

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
)

// TestPostgresRestarts restarts the server under load, both ways: everything that
// was acknowledged is kept, and everything comes to an end without intervention.
func TestPostgresRestarts(t *testing.T) {
	server := postgres.Start(t)
	_, apis := several(t, 2, Config{DB: server.Database(t), Fixture: &crashFixture, Wait: time.Second, leaseDuration: time.Second})
	rng := rand.New(rand.NewPCG(7, 8))
	h := newSent()
	for round, mode := range []postgres.Mode{postgres.Fast, postgres.Immediate} {
		var requests []purchase.Request
		for i := range 300 {
			requests = append(requests, plain(1+rng.Int64N(3), 1+rng.Int64N(2), 1+rng.Int64N(3), fmt.Sprint(round, " ", i)))
		}
		var next, ended atomic.Int64
		var wg sync.WaitGroup
		half := make(chan struct{})
		for client := range 16 {
			wg.Go(func() {
				for i := next.Add(1) - 1; i < int64(len(requests)); i = next.Add(1) - 1 {
					settle(t, h, requests[i], client, func(i int) *api { return apis[i%2] })
					if ended.Add(1) == 100 {
						close(half)
					}
				}
			})
		}
		<-half
		server.Stop(t, mode)
		for _, a := range apis {
			wants(t, "GET /health without a database", a.do("GET", "/health", ""), 503, purchase.Overloaded)
			wants(t, "a purchase without a database", a.buy(plain(1, 1, 1, "")), 503, purchase.Overloaded)
		}
		server.Begin(t)
		wg.Wait()
	}
	eventually(t, "rest", func() bool {
		healthy := apis[0].do("GET", "/health", "").status == 200 && apis[1].do("GET", "/health", "").status == 200
		return healthy && terminal(apis[0])()
	})
	audit(t, apis[1], crashFixture, h)
	if n := len(apis[0].orders(1000)); n != 600 {
		t.Errorf("there are %d orders, want one for each of 600 keys", n)
	}
}

// administer runs statements as the superuser.
func administer(t *testing.T, db string, statements ...string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	for _, s := range statements {
		if _, err := c.PgConn().Exec(t.Context(), s).ReadAll(); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// as is the URL of a database for a role.
func as(t *testing.T, db, role, password string) string {
	t.Helper()
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// grants are what the README gives to a role that serves and owns nothing.
func grants(role string) (statements []string) {
	const schemas = "sagalab_orders" + ", " + "sagalab_stock" + ", " + "sagalab_payments" + ", " + store.EngineSchema
	return []string{
		"GRANT USAGE ON SCHEMA " + schemas + " TO " + role,
		"GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA " + schemas + " TO " + role,
		"GRANT USAGE ON ALL SEQUENCES IN SCHEMA " + schemas + " TO " + role,
	}
}

// TestRoles: a role may make everything with CREATE on the database alone, and
// serve what another one made with the grants of the README.
func TestRoles(t *testing.T) {
	server := postgres.Shared(t)
	db := server.Database(t)
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	maker, runner := "maker_"+name, "runner_"+name
	administer(t, db,
		"REVOKE ALL ON DATABASE "+name+" FROM PUBLIC",
		"CREATE ROLE "+maker+" LOGIN PASSWORD 'm'", "CREATE ROLE "+runner+" LOGIN PASSWORD 'r'",
		"GRANT CONNECT ON DATABASE "+name+" TO "+maker+", "+runner)
	t.Cleanup(func() {
		c, err := pgx.Connect(context.Background(), db)
		if err != nil {
			t.Error(err)
			return
		}
		defer c.Close(context.Background())
		_, err = c.PgConn().Exec(context.Background(),
			"DROP OWNED BY "+runner+", "+maker+" CASCADE; DROP ROLE "+runner+"; DROP ROLE "+maker).ReadAll()
		if err != nil {
			t.Error(err)
		}
	})
	refused := func(what, url, want string) {
		t.Helper()
		s, err := Open(t.Context(), Config{DB: url, Logger: slog.New(slog.DiscardHandler)})
		if err == nil {
			s.Close(context.Background())
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", what, err, want)
		}
	}
	refused("without CREATE", as(t, db, maker, "m"), "needs CREATE on the database")
	administer(t, db, "GRANT CREATE ON DATABASE "+name+" TO "+maker)
	made, err := Open(t.Context(), Config{DB: as(t, db, maker, "m")})
	if err != nil {
		t.Fatalf("with CREATE: %v", err)
	}
	if err := made.Close(t.Context()); err != nil {
		t.Error(err)
	}
	refused("without grants", as(t, db, runner, "r"), "another role makes the schemas")
	administer(t, db, grants(runner)...)
	contract(t, func(t *testing.T, lab bool, sc purchase.Fixture) string {
		s, base := opened(t, Config{DB: as(t, db, runner, "r"), Lab: lab})
		if err := s.SetFixture(t.Context(), sc); err != nil {
			t.Error(err)
		}
		return base
	}, "one after the other")
}

// TestTLS: a server is believed when its certificate is good, and one without TLS
// is refused where TLS is demanded.
func TestTLS(t *testing.T) {
	server := postgres.Start(t, postgres.TLS)
	db := server.Database(t)
	a := newAPI(t, serving(t, Config{DB: db}))
	wants(t, "a purchase over TLS", a.buy(plain(1, 1, 1, "")), 201, "")
	swap := func(old, new string) string {
		t.Helper()
		if !strings.Contains(db, old) {
			t.Fatalf("%q is not in the URL", old)
		}
		return strings.Replace(db, old, new, 1)
	}
	for _, c := range []struct{ name, url, want string }{
		{"another authority", swap(url.QueryEscape(server.CAFile), url.QueryEscape(postgres.OtherAuthority(t))), "certificate does not fit"},
		{"no TLS", swap("verify-full", "disable"), "pg_hba.conf"},
		{"TLS from a server without", strings.Replace(postgres.Shared(t).Database(t), "sslmode=disable", "sslmode=require", 1), "the server offers no TLS"},
		{"no such file", swap(url.QueryEscape(server.CAFile), "/nothing/ca.pem"), "malformed"},
	} {
		if _, err := Open(t.Context(), Config{DB: c.url}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
}

// TestPasswordIsSentToServerOnly: no message contains it.
func TestPasswordIsSentToServerOnly(t *testing.T) {
	const secret, escaped = "s3cr€t/pass@word", "s3cr%E2%82%ACt%2Fpass%40word"
	good := postgres.Shared(t).Database(t)
	u, err := url.Parse(good)
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	for _, c := range []struct{ name, url, password string }{
		{"wrong password", as(t, good, "postgres", secret), ""},
		{"wrong password in the environment", "postgres://postgres@" + u.Host + "/postgres?sslmode=disable", secret},
		{"no such database", strings.Replace(good, u.Path, "/nothing", 1), ""},
		{"no such host", "postgres://u:" + escaped + "@nothing.invalid/x", ""},
		{"no listener", "postgresql://u:" + escaped + "@127.0.0.1:1/x", ""},
		{"no port", "postgres://u:" + escaped + "@127.0.0.1:port/x", ""},
		{"no URL", "postgres://u:s3cr€t/pass@word@%zz", ""},
		{"no mode", "postgres://u:" + escaped + "@127.0.0.1/x?sslmode=perhaps", ""},
	} {
		t.Setenv("PGPASSWORD", c.password)
		if c.password == "" {
			t.Setenv("PGPASSWORD", "other")
		}
		_, err := Open(t.Context(), Config{DB: c.url, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
		if err == nil {
			t.Errorf("%s: got no error", c.name)
			continue
		}
		password, _ := u.User.Password()
		for _, word := range []string{secret, escaped, "s3cr", password} {
			if text := err.Error() + log.String(); strings.Contains(text, word) {
				t.Errorf("%s: %q has the password %q in it", c.name, text, word)
			}
		}
		if strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), ";") && !strings.Contains(err.Error(), "malformed") {
			t.Errorf("%s: got %q, want one line that says what to do", c.name, err)
		}
	}
	t.Setenv("PGPASSWORD", "")
	password, _ := u.User.Password()
	t.Setenv("PGPASSWORD", password)
	u.User = url.User("postgres")
	a := newAPI(t, serving(t, Config{DB: u.String()}))
	wants(t, "a purchase with the password in the environment", a.buy(plain(1, 1, 1, "")), 201, "")
}

// TestOpenRefusesSchemas says what is wrong with a database before touching it.
func TestOpenRefusesSchemas(t *testing.T) {
	for _, c := range []struct{ name, spoil, want string }{
		{"another version", "UPDATE sagalab_stock.about SET version = 7", "another version"},
		{"another role", "UPDATE sagalab_stock.about SET role = 'letters'", "something else"},
		{"another program's", "DROP TABLE sagalab_orders.about", "something else"},
		{"a participant lost", "DROP SCHEMA sagalab_stock CASCADE", "missing or empty"},
		{"the orders lost", "DROP SCHEMA sagalab_orders CASCADE", "missing or empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			db := postgres.Shared(t).Database(t)
			s, err := Open(t.Context(), Config{DB: db})
			if err != nil {
				t.Fatal(err)
			}
			s.Close(t.Context())
			administer(t, db, c.spoil)
			for range 2 {
				s, err := Open(t.Context(), Config{DB: db})
				if err == nil {
					s.Close(context.Background())
				}
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("Open: got %v, want an error with %q", err, c.want)
				}
			}
		})
	}
	t.Run("letters", func(t *testing.T) {
		db := postgres.Shared(t).Database(t)
		administer(t, db, "CREATE SCHEMA sagalab_orders; CREATE TABLE sagalab_orders.letters (text text)")
		if _, err := Open(t.Context(), Config{DB: db}); err == nil || !strings.Contains(err.Error(), "something else") {
			t.Errorf("Open: got %v, want it refused", err)
		}
	})
}

// TestKeysOfAnyText are kept as they are, though PostgreSQL's texts have no NUL.
func TestKeysOfAnyText(t *testing.T) {
	onBoth(t, func(t *testing.T, db string) {
		a := newAPI(t, serving(t, Config{DB: db}))
		for _, key := range []string{"\x00", "\uFFFE", "\uFFFE0", "a\x00b", "\\0", "'; DROP TABLE orders; --", "?1", "鍵"} {
			wants(t, fmt.Sprintf("%q", key), a.buy(plain(1, 1, 1, key)), 201, "")
			again := a.buy(plain(1, 1, 1, key))
			wants(t, fmt.Sprintf("%q again", key), again, 200, "")
			if got := again.order(t).IdempotencyKey; got != key {
				t.Errorf("got key %q, want %q", got, key)
			}
		}
	})
}
