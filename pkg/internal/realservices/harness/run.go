package harness

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"sagalab/pkg/internal/procgroup"
)

// readyTimeout is how long a service may take from its start to its first answer.
const readyTimeout = 3 * time.Minute

// Run starts a service in a process group of its own and returns once a GET of ready is answered with a status below 500. The group is
// ended with the test, and with the process of the test on Linux. What the service writes goes into a file beside others of the test;
// the end of it is logged when the test has failed. A service that ends by itself fails the test while Run waits for it.
func Run(t testing.TB, cmd *exec.Cmd, ready string) {
	t.Helper()
	log := filepath.Join(t.TempDir(), filepath.Base(cmd.Path)+".log")
	file, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = file, file
	ended := make(chan error, 1)
	group := procgroup.New(cmd)
	group.EndWithParent()
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the thread must live as long as the service
		defer runtime.UnlockOSThread()
		err := group.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
			close(ended)
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("starting %s: %v", cmd, err)
	}
	t.Cleanup(func() {
		group.Kill()
		<-ended
		group.Close()
		file.Close()
		if t.Failed() {
			text, _ := os.ReadFile(log)
			t.Logf("the end of what %s wrote:\n%s", cmd.Path, last(text, 6000))
		}
	})
	if err := waitReady(ready, ended, time.Now().Add(readyTimeout)); err != nil {
		t.Fatalf("%s: %v", cmd.Path, err)
	}
}

// waitReady polls url until it answers, the service has ended or the deadline is over.
func waitReady(url string, ended <-chan error, deadline time.Time) error {
	client := http.Client{Timeout: 10 * time.Second}
	var state error
	for time.Now().Before(deadline) {
		response, err := client.Get(url)
		if err == nil {
			response.Body.Close()
			if response.StatusCode < 500 {
				return nil
			}
			err = fmt.Errorf("%s answers %s", url, response.Status)
		}
		state = err
		select {
		case err := <-ended:
			return fmt.Errorf("ended before it was ready: %v", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	return fmt.Errorf("not ready by the deadline: %w", state)
}
