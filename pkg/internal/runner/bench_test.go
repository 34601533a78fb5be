package runner

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"runtime/pprof"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

const benchServer = "SAGALAB_TEST_BENCH_SERVER"

// TestMain lets the test binary be the service of the benchmark, whose processor
// time so is not the client's, or one that is killed.
func TestMain(m *testing.M) {
	if address := os.Getenv(killedServer); address != "" {
		serveUntilKilled(address)
	}
	if os.Getenv(benchServer) != "" {
		serveBench()
		return
	}
	os.Exit(m.Run())
}

func serveBench() {
	var opened atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header()["Content-Type"] = []string{"application/json"}
		w.WriteHeader(201)
		io.WriteString(w, `{"order_id":"0198c0de-0000-7000-8000-000000000000","status":"CONFIRMED","amount":1000,"user_id":1}`)
	})
	mux.HandleFunc("GET /opened", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, opened.Load()) })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	go func() { io.Copy(io.Discard, os.Stdin); os.Exit(0) }() // ends with the benchmark
	panic((&http.Server{Handler: mux, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}}).Serve(l))
}

// bench starts the service in a process of its own and returns its address.
func bench(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), benchServer+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { in.Close(); cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + strings.TrimSpace(address)
}

// spent is what n requests cost this process.
type spent struct {
	n             int
	wall, cpu     time.Duration
	allocs, bytes uint64
	opened        int
}

func (s spent) rate() float64 { return float64(s.n) / s.wall.Seconds() }
func (s spent) micros() float64 {
	return float64(s.cpu.Nanoseconds()) / float64(s.n) / 1e3
}

func opened(b *testing.B, url string) (n int) {
	b.Helper()
	resp, err := http.Get(url + "/opened")
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	fmt.Fscan(resp.Body, &n)
	return n
}

// spend measures what; a profile has its samples under the label client=name.
func spend(b *testing.B, name, url string, n int, what func()) spent {
	b.Helper()
	runtime.GC()
	var before, after runtime.MemStats
	connections := opened(b, url)
	runtime.ReadMemStats(&before)
	s := spent{n: n}
	begun, start := cpu(), time.Now()
	pprof.Do(context.Background(), pprof.Labels("client", name), func(context.Context) { what() })
	s.wall, s.cpu = time.Since(start), cpu()-begun
	runtime.ReadMemStats(&after)
	s.allocs, s.bytes = after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc
	s.opened = opened(b, url) - connections
	return s
}

// plain is what one would write with net/http alone and a transport that keeps
// its connections: no keys, no records, answers thrown away.
func plain(b *testing.B, url string, n, vus int) {
	transport := &http.Transport{MaxIdleConnsPerHost: vus, MaxConnsPerHost: vus, DisableCompression: true}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	body := order.Body("0198c0de-0000-7000-8000-000000000000")
	var next atomic.Int64
	var wg sync.WaitGroup
	for range vus {
		wg.Go(func() {
			for next.Add(1) <= int64(n) {
				req, err := http.NewRequest(http.MethodPost, url+"/purchase", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				req.Header.Set("Content-Type", "application/json")
				resp, err := client.Do(req)
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
			}
		})
	}
	wg.Wait()
}

// full is a stage as a notebook runs it, to the finished tables on disk.
func full(b *testing.B, run runs.Run, url string, n, vus int, standard bool) {
	e, err := purchase.ParseEndpoint(url)
	if err != nil {
		b.Fatal(err)
	}
	to := Target{Endpoint: e, Config: retry.Config{Policy: retry.Default(), Standard: standard}}
	if _, err := light(n, vus).Run(context.Background(), run, to, nil); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkAgainstNetHTTP compares a recorded stage with a bare net/http loop, in
// turns and in medians: what a purchase costs beyond its request.
func BenchmarkAgainstNetHTTP(b *testing.B) {
	for _, vus := range []int{50, 200} {
		b.Run(fmt.Sprint(vus), func(b *testing.B) { againstNetHTTP(b, vus) })
	}
}

func againstNetHTTP(b *testing.B, vus int) {
	const n = 50_000
	url := bench(b)
	run, err := runs.Store{Dir: b.TempDir()}.Create("bench", url)
	if err != nil {
		b.Fatal(err)
	}
	plain(b, url, n/4, vus)
	full(b, run, url, n/4, vus, false)
	full(b, run, url, n/4, vus, true)
	var with, without, standard []spent
	for b.Loop() {
		without = append(without, spend(b, "plain", url, n, func() { plain(b, url, n, vus) }))
		with = append(with, spend(b, "full", url, n, func() { full(b, run, url, n, vus, false) }))
		standard = append(standard, spend(b, "standard", url, n, func() { full(b, run, url, n, vus, true) }))
	}
	ratio := func(to []spent, f func(a, z spent) float64) float64 {
		var list []float64
		for i := range to {
			list = append(list, f(to[i], without[i]))
		}
		return median(list)
	}
	of := func(list []spent, f func(spent) float64) float64 {
		var values []float64
		for _, s := range list {
			values = append(values, f(s))
		}
		return median(values)
	}
	allocs := func(s spent) float64 { return float64(s.allocs) / float64(s.n) }
	size := func(s spent) float64 { return float64(s.bytes) / float64(s.n) }
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(of(without, spent.micros), "plain-cpu-µs")
	b.ReportMetric(of(with, spent.micros), "full-cpu-µs")
	b.ReportMetric(of(without, spent.rate), "plain-req/s")
	b.ReportMetric(of(with, spent.rate), "full-req/s")
	b.ReportMetric(of(without, allocs), "plain-allocs")
	b.ReportMetric(of(with, allocs), "full-allocs")
	b.ReportMetric(of(without, size), "plain-B")
	b.ReportMetric(of(with, size), "full-B")
	cpuRatio := func(a, z spent) float64 { return a.micros() / z.micros() }
	rateRatio := func(a, z spent) float64 { return a.rate() / z.rate() }
	b.ReportMetric(ratio(with, cpuRatio), "cpu-ratio")
	b.ReportMetric(ratio(with, rateRatio), "rate-ratio")
	b.ReportMetric(ratio(standard, cpuRatio), "standard-cpu-ratio")
	b.ReportMetric(ratio(standard, rateRatio), "standard-rate-ratio")
	b.ReportMetric(of(standard, allocs), "standard-allocs")
	b.ReportMetric(of(with, func(s spent) float64 { return float64(s.opened) }), "connections")
}

func median(list []float64) float64 {
	slices.Sort(list)
	return list[len(list)/2]
}
