package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/runs"
)

var (
	kills    = flag.Int("kills", 8, "how many loads TestKilledLoadLosesNoAnswer kills")
	killSeed = flag.Uint64("seed", 7, "seed of TestKilledLoadLosesNoAnswer")
)

// unreliable is a proxy before a service: it answers a part of the purchases with 503
// after the service has answered, ends the connection of some, and keeps a log of what
// it answered.
type unreliable struct {
	service string
	client  http.Client

	mu      sync.Mutex
	rnd     *rand.Rand
	answers []proxyAnswer
}

type proxyAnswer struct {
	key    string
	status int
	at     time.Time
}

// ServeHTTP answers a request, then logs the answer.
func (u *unreliable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	req, err := http.NewRequest(r.Method, u.service+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	req.Header = r.Header
	resp, err := u.client.Do(req)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	u.mu.Lock()
	drawn := u.rnd.Float64()
	u.mu.Unlock()
	key, status := r.Header.Get("Idempotency-Key"), resp.StatusCode
	if r.Method == http.MethodPost && drawn < .5 {
		if drawn < .1 {
			panic(http.ErrAbortHandler) // no answer
		}
		status, text = http.StatusServiceUnavailable, nil
	}
	w.Header().Set("Content-Type", resp.Header.Get("Content-Type"))
	w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	w.WriteHeader(status)
	w.Write(text)
	http.NewResponseController(w).Flush()
	if r.Method != http.MethodPost {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.answers = append(u.answers, proxyAnswer{key, status, time.Now()})
}

// killed is what one killed load lost and kept.
type killed struct {
	answered, late, recorded, unfinished, missing int
	err                                           error
}

// killLoad starts a load, kills it at a random moment and compares its records with what
// was answered.
func killLoad(t *testing.T, service string, r *rand.Rand) (k killed) {
	proxy := &unreliable{service: service, rnd: rand.New(rand.NewPCG(r.Uint64(), 2))}
	server := httptest.NewServer(proxy)
	defer server.Close()
	stage := []string{"open:80/s@60s", "closed:5000x40"}[r.IntN(2)]
	p := e2e.Command(t, "load", "--api", server.URL, "--stage", stage, "--attempts", "6", "--backoff", "300ms,1s,3s")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	after := time.Duration(r.IntN(2000)) * time.Millisecond
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		proxy.mu.Lock()
		n := len(proxy.answers)
		proxy.mu.Unlock()
		if n > 0 {
			break
		}
	}
	time.Sleep(after)
	at := time.Now()
	p.Process.Kill()
	p.Wait()
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	list, err := runs.Store{Dir: p.Runs}.List()
	if err != nil || len(list) != 1 {
		k.err = fmt.Errorf("%d runs, %v", len(list), err)
		return k
	}
	stages, err := list[0].Stages()
	if err != nil || len(stages) != 1 || stages[0].State != runs.Interrupted {
		k.err = fmt.Errorf("%d stages, %v", len(stages), err)
		return k
	}
	type answer struct {
		key    string
		status int64
	}
	have, seen := map[answer]int{}, map[string]bool{}
	for _, a := range stages[0].Attempts {
		have[answer{a.Key, a.Status}]++
		if id := fmt.Sprint(a.Key, a.Number); seen[id] {
			k.err = fmt.Errorf("attempt %s is recorded twice", id)
		} else {
			seen[id] = true
		}
	}
	k.recorded, k.unfinished = len(stages[0].Attempts), stages[0].Unfinished
	for _, a := range proxy.answers {
		k.answered++
		if !a.at.Before(at.Add(-500 * time.Millisecond)) {
			k.late++
			continue
		}
		if id := (answer{a.key, int64(a.status)}); have[id] == 0 {
			k.missing++
		} else {
			have[id]--
		}
	}
	return k
}

// TestKilledLoadLosesNoAnswer kills loads whose purchases wait for retries, with SIGKILL
// at random moments. Every attempt that was answered more than half a second before is
// recorded, once.
//
//	go test ./pkg/cmd/sagalab -run TestKilledLoadLosesNoAnswer -v -args -kills 200
func TestKilledLoadLosesNoAnswer(t *testing.T) {
	service := e2e.StartServing(t, "", "--lab")
	if out, err := e2e.Command(t, "load", "--api", service.URL, "--fixture", "plenty", "--stage", "one:1x1").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	const beside = 4
	var wait sync.WaitGroup
	var mu sync.Mutex
	var sum killed
	for worker := range beside {
		wait.Go(func() {
			r := rand.New(rand.NewPCG(*killSeed, uint64(worker)))
			for n := worker; n < *kills; n += beside {
				k := killLoad(t, service.URL, r)
				mu.Lock()
				sum.answered, sum.late, sum.recorded = sum.answered+k.answered, sum.late+k.late, sum.recorded+k.recorded
				sum.unfinished, sum.missing = sum.unfinished+k.unfinished, sum.missing+k.missing
				mu.Unlock()
				if k.err != nil || k.missing > 0 {
					t.Errorf("kill %d: %d of %d answers are missing, %v", n, k.missing, k.answered-k.late, k.err)
				}
			}
		})
	}
	wait.Wait()
	if sum.unfinished == 0 {
		t.Error("no load was killed while a purchase waited: nothing was tested")
	}
	t.Logf("%d kills with seed %d: %d attempts answered, %d of them more than 0.5 s before the kill, %d of these missing; %d attempts recorded, %d purchases unfinished",
		*kills, *killSeed, sum.answered, sum.answered-sum.late, sum.missing, sum.recorded, sum.unfinished)
}
