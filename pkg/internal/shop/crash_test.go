package shop

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
)

// childDB is set for a copy of this test binary that is to be a service.
const childDB = "SAGALAB_SHOP_TEST_DB"

func TestMain(m *testing.M) {
	if path := os.Getenv(childDB); path != "" {
		if err := beService(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	code := m.Run()
	if err := postgres.StopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// crashFixture leaves some purchases without money and some without stock.
var crashFixture = purchase.Fixture{
	Users:    []purchase.FixtureUser{{UserID: 1, Balance: 50_000_000}, {UserID: 2, Balance: 90_000}, {UserID: 3, Balance: 50_000_000}},
	Products: []purchase.FixtureProduct{{ProductID: 1, Price: 1000, Stock: 100_000}, {ProductID: 2, Price: 300, Stock: 150}},
}

func beService(path string) error {
	s, err := Open(context.Background(), Config{DB: path, Fixture: &crashFixture, leaseDuration: time.Second, Wait: time.Second,
		Logger: slog.New(slog.DiscardHandler)}) // everything here is on purpose
	if err != nil {
		return err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Printf("http://%s\n", ln.Addr())
	return Serve(context.Background(), ln, s)
}

// child starts a service in a process of its own and returns its URL.
func child(t *testing.T, path string) (*exec.Cmd, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDB+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line := bufio.NewScanner(out)
	if !line.Scan() {
		t.Fatalf("the service did not start: %v", line.Err())
	}
	return cmd, line.Text()
}

// TestKill kills the service in the middle of load, again and again, and starts
// it again. Clients repeat what was not answered under its key. In the end every
// order is terminal, nothing is lost or made, and no answer is contradicted.
func TestKill(t *testing.T) { onBoth(t, testKill) }

func testKill(t *testing.T, path string) {
	rng := rand.New(rand.NewPCG(2, 3))
	h := newSent()
	var unanswered []purchase.Request
	for round := range 5 {
		cmd, base := child(t, path)
		requests := unanswered
		for i := range 400 {
			requests = append(requests, plain(1+rng.Int64N(3), 1+rng.Int64N(2), 1+rng.Int64N(3), fmt.Sprint(round, " ", i)))
		}
		unanswered = killAmid(t, newAPI(t, base), h, requests, 1+rng.Int64N(120), cmd)
		t.Logf("round %d: %d of %d purchases have no answer", round, len(unanswered), len(requests))
	}
	_, base := child(t, path)
	a := newAPI(t, base)
	sendAll(t, a, h, unanswered, 16)
	eventually(t, "rest", terminal(a))
	audit(t, a, crashFixture, h)
}

// killAmid sends requests and kills the service as soon as so many are answered.
// It returns what was sent without getting an answer, to be sent again; what was
// not sent at all is dropped, except for the first few, which is sent later.
func killAmid(t *testing.T, a *api, h *sent, requests []purchase.Request, answers int64, cmd *exec.Cmd) (unanswered []purchase.Request) {
	var next, answered atomic.Int64
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(requests)); i = next.Add(1) - 1 {
				status := sendOnce(a, h, requests[i])
				if status == 0 || status == http.StatusServiceUnavailable {
					mu.Lock()
					unanswered = append(unanswered, requests[i])
					mu.Unlock()
					return
				}
				if answered.Add(1) == answers {
					cmd.Process.Kill() // SIGKILL
				}
			}
		})
	}
	wg.Wait()
	cmd.Wait()
	return unanswered
}
