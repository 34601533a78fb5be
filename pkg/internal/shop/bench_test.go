package shop

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/purchase"
)

// BenchmarkPurchase is the reach of the service: a closed loop of clients on the
// fixture plenty, client and service in one process on loopback. Peak RSS is the
// whole process's, the clients included. PostgreSQL waits for the disk (fsync) as it
// does in production.
func BenchmarkPurchase(b *testing.B) {
	durable := sync.OnceValue(func() *postgres.Server { return postgres.Start(b, postgres.Durable) })
	for _, clients := range []int{50, 200} {
		b.Run(fmt.Sprintf("sqlite/clients=%d", clients), func(b *testing.B) { benchmarkPurchase(b, clients, "") })
		b.Run(fmt.Sprintf("postgres/clients=%d", clients), func(b *testing.B) {
			benchmarkPurchase(b, clients, durable().Database(b))
		})
	}
}

func benchmarkPurchase(b *testing.B, clients int, db string) {
	plenty := purchase.Plenty()
	base := serving(b, Config{DB: db, Fixture: &plenty})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer client.CloseIdleConnections()
	latencies := make([]time.Duration, b.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range clients {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				key := uuid.Must(uuid.NewV7()).String()
				user := 1 + i%3
				body := purchase.Request{UserID: purchase.ID(user), ProductID: 1, Quantity: 1, PaymentMethodID: purchase.ID(user)}.Body(key)
				began := time.Now()
				resp, err := client.Post(base+"/purchase", "application/json", bytes.NewReader(body))
				if err != nil {
					b.Error(err)
					return
				}
				io.Copy(io.Discard, resp.Body)
				resp.Body.Close()
				latencies[i] = time.Since(began)
				if resp.StatusCode != http.StatusCreated {
					b.Errorf("purchase %d: got status %d, want 201", i, resp.StatusCode)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	slices.Sort(latencies)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "purchases/s")
	b.ReportMetric(float64(latencies[b.N*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(latencies[b.N-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(peakRSS(b), "peak-MB")
}

// peakRSS is the largest resident set of this process so far, in MB.
func peakRSS(tb testing.TB) float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0 // no Linux
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			if err != nil {
				tb.Fatalf("VmHWM: %v", err)
			}
			return kb / 1000
		}
	}
	return 0
}
