package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"
)

// footprintVariable names a file in the environment. When it is set, the test binary
// is the command: it writes the address to the file at which it answers with its
// footprint, and runs main.
const footprintVariable = "SAGALAB_TEST_FOOTPRINT"

func init() {
	file := os.Getenv(footprintVariable)
	if file == "" {
		return
	}
	if err := serveFootprint(file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	main() // which exits
}

// footprint is what a process holds.
type footprint struct {
	Goroutines  int
	Descriptors int    // open files and sockets, 0 where /proc is missing
	Heap        uint64 // live bytes after a collection
	Resident    uint64 // bytes of RAM, 0 where /proc is missing
}

// minimum returns the smaller of each value: what is held beside requests under way.
func (f footprint) minimum(b footprint) footprint {
	return footprint{min(f.Goroutines, b.Goroutines), min(f.Descriptors, b.Descriptors), min(f.Heap, b.Heap), min(f.Resident, b.Resident)}
}

func (f footprint) String() string {
	const mib = 1 << 20
	return fmt.Sprintf("%4d goroutines  %4d descriptors  heap %6.2f MiB  resident %6.1f MiB",
		f.Goroutines, f.Descriptors, float64(f.Heap)/mib, float64(f.Resident)/mib)
}

func ownFootprint() footprint {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	f := footprint{Goroutines: runtime.NumGoroutine(), Heap: m.HeapAlloc}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		f.Descriptors = len(open)
	}
	if statm, err := os.ReadFile("/proc/self/statm"); err == nil {
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			pages, _ := strconv.ParseUint(fields[1], 10, 64)
			f.Resident = pages * uint64(os.Getpagesize())
		}
	}
	return f
}

// serveFootprint answers every request with this process's footprint and writes the
// address to a file.
func serveFootprint(file string) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	srv := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "close")
		json.NewEncoder(w).Encode(ownFootprint())
	})}
	go srv.Serve(ln)
	if err := os.WriteFile(file+".part", []byte("http://"+ln.Addr().String()), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".part", file)
}

// observed is the command in a process of its own, with its footprint.
type observed struct {
	*exec.Cmd
	address string // of the footprint
	output  bytes.Buffer
	exited  chan error
}

func startObserved(t *testing.T, env []string, args ...string) *observed {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "address")
	p := &observed{Cmd: exec.CommandContext(t.Context(), binary, args...), exited: make(chan error, 1)}
	p.Env = append(append(os.Environ(), footprintVariable+"="+file), env...)
	p.Stdout, p.Stderr = &p.output, &p.output
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.exited <- p.Wait() }()
	for until := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if text, err := os.ReadFile(file); err == nil {
			p.address = string(text)
			return p
		}
		if time.Now().After(until) {
			t.Fatalf("%v did not start", args)
		}
	}
}

// footprint reads the process's footprint five times and returns the minima.
func (o *observed) footprint(t *testing.T) footprint {
	t.Helper()
	var least footprint
	for i := range 5 {
		resp, err := http.Get(o.address)
		if err != nil {
			t.Fatalf("%v\n%s", err, &o.output)
		}
		var now footprint
		err = json.NewDecoder(resp.Body).Decode(&now)
		resp.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			least = now
		}
		least = least.minimum(now)
		time.Sleep(37 * time.Millisecond)
	}
	return least
}

// soakLength is how long TestSoak sends load. SAGALAB_SOAK is a longer time, such as
// 30m.
func soakLength(t *testing.T) time.Duration {
	d, err := time.ParseDuration(cmp.Or(os.Getenv("SAGALAB_SOAK"), "12s"))
	if err != nil || d < 5*time.Second {
		t.Fatalf("SAGALAB_SOAK=%s, want a time of at least 5s", os.Getenv("SAGALAB_SOAK"))
	}
	return d
}

// The load of TestSoak, and how much the processes may grow under it from the middle
// to the end.
const (
	soakRate = 20 // purchases a second
	// soakVUs are started on demand, each with a connection, so that as many goroutines
	// and descriptors may come later.
	soakVUs = 4
	// soakHeapFloor is for what grows by steps, such as maps and the buffers of a database.
	soakHeapFloor = 768 << 10
)

// soakHeap is how many bytes the heap of serve and of load may grow per purchase. load
// holds the rows of the tables' current row group, at most 65,536 purchases, and writes
// them then; buffers of them grow by doubling. serve keeps nothing.
var soakHeap = [...]uint64{64, 1536}

// TestSoak prints goroutines, descriptors and memory of `serve --lab` and of `load` at
// the start, in the middle and at the end of a stage, and fails when they grow. This
// takes half an hour:
//
//	SAGALAB_SOAK=30m go test ./pkg/cmd/sagalab -run TestSoak -v -timeout 40m
func TestSoak(t *testing.T) {
	length := soakLength(t)
	addr := freeAddress(t)
	serve := startObserved(t, nil, "serve", "--lab", "--addr", addr, "--db", filepath.Join(t.TempDir(), "shop.db"))
	waitHealthy(t, "http://"+addr)
	load := startObserved(t, []string{"SAGALAB_RUNS=" + t.TempDir(), "SAGALAB_API="}, "load", "--api", "http://"+addr, "--fixture", "plenty",
		"--stage", fmt.Sprintf("soak:%d/s@%s,cap=%d", soakRate, length, soakVUs))
	begin := time.Now()
	names := []string{"start", "middle", "end"}
	points := []time.Duration{max(length/20, 2*time.Second), length/2 + length/20, length - max(length/50, 1500*time.Millisecond)}
	var of [2][3]footprint
	for i, at := range points {
		time.Sleep(time.Until(begin.Add(at)))
		for j, p := range []*observed{serve, load} {
			of[j][i] = p.footprint(t)
			fmt.Printf("soak %-6s %8s  %-5s %v\n", names[i], time.Since(begin).Round(time.Second), []string{"serve", "load"}[j], of[j][i])
		}
	}
	select {
	case err := <-load.exited:
		if err != nil {
			t.Fatalf("load: %v\n%s", err, &load.output)
		}
	case <-time.After(time.Minute):
		t.Fatal("load has not ended a minute after its stage")
	}
	if n := confirmedOrders(t, "http://"+addr); n < int(length.Seconds()*soakRate*9/10) {
		t.Errorf("%d orders are confirmed of %v purchases", n, length.Seconds()*soakRate)
	} else {
		fmt.Printf("soak: %d purchases confirmed in %s\n", n, length)
	}
	purchases := uint64((points[2] - points[1]).Seconds() * soakRate)
	for j, name := range []string{"serve", "load"} {
		checkGrowth(t, name, of[j][1], of[j][2], soakHeapFloor+soakHeap[j]*min(purchases, 1<<16))
	}
	after := serve.footprint(t)
	fmt.Printf("soak after  %8s  serve %v\n", time.Since(begin).Round(time.Second), after)
	if of[0][0].Goroutines+soakVUs < after.Goroutines || of[0][0].Descriptors+soakVUs < after.Descriptors {
		t.Errorf("serve holds more after the load than at its start: %v, then %v", of[0][0], after)
	}
}

func checkGrowth(t *testing.T, name string, middle, end footprint, heap uint64) {
	t.Helper()
	if end.Goroutines > middle.Goroutines+soakVUs {
		t.Errorf("%s: goroutines grew from %d to %d", name, middle.Goroutines, end.Goroutines)
	}
	if end.Descriptors > middle.Descriptors+soakVUs {
		t.Errorf("%s: descriptors grew from %d to %d", name, middle.Descriptors, end.Descriptors)
	}
	if end.Heap > middle.Heap+heap {
		t.Errorf("%s: the heap grew from %d to %d bytes, want at most %d more", name, middle.Heap, end.Heap, heap)
	}
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(t *testing.T) string {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().String()
}

func waitHealthy(t *testing.T, api string) {
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if resp, err := http.Get(api + "/health"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(until) {
			t.Fatalf("%s is not healthy", api)
		}
	}
}

// confirmedOrders counts the service's confirmed orders.
func confirmedOrders(t *testing.T, api string) (n int) {
	for after := ""; ; {
		resp, err := http.Get(api + "/orders?limit=1000&after=" + after)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		var page struct {
			Orders []struct{ Status string }
			Next   string
		}
		if err := cmp.Or(err, json.Unmarshal(text, &page)); err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Orders {
			if o.Status == "CONFIRMED" {
				n++
			}
		}
		if after = page.Next; after == "" {
			return n
		}
	}
}
