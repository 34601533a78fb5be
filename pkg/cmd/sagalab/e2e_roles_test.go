package main

import (
	"context"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"sagalab/pkg/internal/testing/postgres"
)

// TestServeUnderItsRole runs pkg/deploy/roles.sql, creates the tables as their owner, and serves under the role that has no further
// rights: a fixture, purchases and an audit.
func TestServeUnderItsRole(t *testing.T) {
	t.Parallel()
	server := postgres.Start(t)
	as := func(role, password, database string) string {
		u, err := url.Parse(server.URL(database))
		if err != nil {
			t.Fatal(err)
		}
		if role != "" {
			u.User = url.UserPassword(role, password)
		}
		return u.String()
	}
	run := func(database, sql string) {
		c, err := pgx.Connect(t.Context(), as("", "", database))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(context.Background())
		if _, err := c.Exec(t.Context(), sql); err != nil {
			t.Fatalf("%v in\n%s", err, sql)
		}
	}
	run("postgres", `CREATE DATABASE sagalab`)
	run("sagalab", readText(t, "../../deploy/roles.sql"))
	run("sagalab", `ALTER ROLE sagalab_owner PASSWORD 's3cret-o'; ALTER ROLE sagalab_service PASSWORD 's3cret-s'`)

	m := sagalab(t, "migrate")
	m.Env = append(m.Env, "SAGALAB_DB="+as("sagalab_owner", "s3cret-o", "sagalab"))
	if got := m.wait(t); got.status != 0 {
		t.Fatalf("migrate ended with %d\n%s%s", got.status, got.out, got.log)
	}
	service := startServing(t, as("sagalab_service", "s3cret-s", "sagalab"), "--lab")
	for _, fixture := range []string{"first", "second"} { // the second drops the orders of the first
		t.Run(fixture, func(t *testing.T) {
			got := sagalab(t, "load", "--api", service.url, "--fixture", "plenty", "--stage", "x:100x10", "--audit").wait(t)
			if got.status != 0 || !strings.Contains(got.out, " 100 success ") || !strings.Contains(got.out, "rules hold, 0 violated, 0 unknown") {
				t.Errorf("load ended with %d\n%s%s", got.status, got.out, got.log)
			}
		})
	}
	if status := service.end(syscall.SIGTERM); status != 0 {
		t.Errorf("serve ended with status %d\n%s", status, service.log)
	}
	if strings.Contains(service.log.String(), "s3cret") {
		t.Errorf("a password is in the log:\n%s", service.log)
	}
}
