package main

import (
	"context"
	"net/url"
	"strings"
	"syscall"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"

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

	m := e2e.Command(t, "migrate")
	m.Env = append(m.Env, "SAGALAB_DB="+as("sagalab_owner", "s3cret-o", "sagalab"))
	if got := m.Finish(t); got.Status != 0 {
		t.Fatalf("migrate ended with %d\n%s%s", got.Status, got.Out, got.Log)
	}
	service := e2e.StartServing(t, as("sagalab_service", "s3cret-s", "sagalab"), "--lab")
	for _, fixture := range []string{"first", "second"} { // the second drops the orders of the first
		t.Run(fixture, func(t *testing.T) {
			got := e2e.Command(t, "load", "--api", service.URL, "--fixture", "plenty", "--stage", "x:100x10", "--audit").Finish(t)
			if got.Status != 0 || !strings.Contains(got.Out, " 100 success ") || !strings.Contains(got.Out, "rules hold, 0 violated, 0 unknown") {
				t.Errorf("load ended with %d\n%s%s", got.Status, got.Out, got.Log)
			}
		})
	}
	if status := service.End(syscall.SIGTERM); status != 0 {
		t.Errorf("serve ended with status %d\n%s", status, service.Log)
	}
	if strings.Contains(service.Log.String(), "s3cret") {
		t.Errorf("a password is in the log:\n%s", service.Log)
	}
}
