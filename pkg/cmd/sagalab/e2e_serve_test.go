package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"

	"github.com/jackc/pgx/v5"

	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// buyUntilAnswered sends a purchase to one service after the other until it is
// confirmed.
func buyUntilAnswered(ctx context.Context, services []*e2e.Serving, key string) error {
	body := purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}.Body(key)
	for i := 0; ctx.Err() == nil; i++ {
		resp, err := http.Post(services[i%len(services)].URL+"/purchase", "application/json", bytes.NewReader(body))
		if err != nil {
			continue // killed
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		switch {
		case resp.StatusCode == 200 || resp.StatusCode == 201:
			return nil
		case resp.StatusCode == 503 || resp.StatusCode == 409 && bytes.Contains(text, []byte("in_progress")):
			time.Sleep(5 * time.Millisecond)
		default:
			return fmt.Errorf("got %d %s", resp.StatusCode, text)
		}
	}
	return ctx.Err()
}

// TestServeOnPostgres: two processes serve one database; one is killed under load,
// and the other finishes what it left, and ends in order after SIGTERM.
func TestServeOnPostgres(t *testing.T) {
	t.Parallel()
	db := postgres.Shared(t).Database(t)
	services := []*e2e.Serving{e2e.StartServing(t, db, "--lab"), e2e.StartServing(t, db, "--lab")}
	endpoint, err := purchase.ParseEndpoint(services[1].URL)
	if err != nil {
		t.Fatal(err)
	}
	client, release, err := observe.NewClient(endpoint, nil, retry.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	plenty := purchase.Plenty()
	if err := client.SetFixture(t.Context(), plenty); err != nil {
		t.Fatal(err)
	}
	const purchases = 400
	var next, confirmed atomic.Int64
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := next.Add(1); i <= purchases; i = next.Add(1) {
				if err := buyUntilAnswered(t.Context(), services, fmt.Sprint("key ", i)); err != nil {
					t.Errorf("purchase %d: %v", i, err)
				}
				if confirmed.Add(1) == purchases/4 {
					services[0].Process.Kill()
				}
			}
		})
	}
	wg.Wait()
	orders, err := client.Orders(t.Context(), "", 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range orders.Orders {
		if o.Status != purchase.Confirmed {
			t.Errorf("order %s is %s, want it confirmed", o.OrderID, o.Status)
		}
	}
	product, err := client.Product(t.Context(), 1)
	if err != nil || len(orders.Orders) != purchases || product.Reserved != 0 || product.Stock != plenty.Products[0].Stock-purchases {
		t.Errorf("there are %d orders, and the product is %+v, %v, want %d sold", len(orders.Orders), product, err, purchases)
	}
	services[0].End(syscall.SIGKILL)
	checkDrains(t, services[1], db)
	u, err := url.Parse(db)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := u.User.Password()
	for _, s := range services {
		if strings.Contains(s.Log.String(), password) {
			t.Errorf("sagalab serve told the password:\n%s", s.Log)
		}
	}
	services[1].CheckNothingLeft(t)
}

// checkDrains ends a service while purchases are under way, none of which
// can be paid for yet: it takes no further connection, those purchases are answered,
// and the process ends without a fault.
func checkDrains(t *testing.T, s *e2e.Serving, db string) {
	t.Helper()
	c, err := pgx.Connect(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	if _, err := c.Exec(t.Context(), `BEGIN; LOCK TABLE sagalab_payments.users`); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var answered atomic.Int64
	for i := range 50 {
		wg.Go(func() {
			body := purchase.Request{UserID: 1, ProductID: 1, Quantity: 1, PaymentMethodID: 1}.Body(fmt.Sprint("drained ", i))
			resp, err := http.Post(s.URL+"/purchase", "application/json", bytes.NewReader(body))
			if err != nil {
				t.Errorf("purchase %d was cut off: %v", i, err)
				return
			}
			resp.Body.Close()
			answered.Add(1)
		})
	}
	for taken := 0; taken < 50 && answered.Load() == 0; time.Sleep(5 * time.Millisecond) { // an answer is that it takes too long
		if err := c.QueryRow(t.Context(), `SELECT count(*) FROM sagalab_orders.orders WHERE idempotency_key LIKE 'drained %'`).Scan(&taken); err != nil {
			t.Fatal(err)
		}
	}
	s.Process.Signal(syscall.SIGTERM)
	for err := error(nil); err == nil; time.Sleep(5 * time.Millisecond) {
		var conn net.Conn
		if conn, err = net.Dial("tcp", strings.TrimPrefix(s.URL, "http://")); err == nil {
			conn.Close()
		}
	}
	if _, err := c.Exec(t.Context(), `ROLLBACK`); err != nil {
		t.Error(err)
	}
	if code := s.Ended(); code != 0 {
		t.Errorf("sagalab serve ended with status %d, want 0\n%s", code, s.Log)
	}
	wg.Wait()
}

// TestServeHidesThePassword in its help and when it cannot start.
func TestServeHidesThePassword(t *testing.T) {
	t.Parallel()
	const secret = "never-to-be-told"
	for _, args := range [][]string{{"serve", "--help"}, {"serve", "--addr", "127.0.0.1:0"}, {"serve", "--db", "postgres://u:" + secret + "@127.0.0.1:1/x"}} {
		p := e2e.Command(t, args...)
		p.Env = append(p.Env, "SAGALAB_DB=postgres://u:"+secret+"@127.0.0.1:1/x")
		text, err := p.CombinedOutput()
		if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if strings.Contains(string(text), secret) {
			t.Errorf("sagalab %q told the password:\n%s", args, text)
		}
		if args[1] != "--help" && !strings.Contains(string(text), "check that the server runs") {
			t.Errorf("sagalab %q says\n%s\nwant what to do", args, text)
		}
	}
}
