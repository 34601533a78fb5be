package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// payload is the purchase that every tool sends, about 100 bytes of JSON.
const payload = `{"user_id":1,"product_id":1,"quantity":1,"payment_method_id":1,"idempotency_key":"1234567890"}`

// sent is what the baseline reports of itself.
type sent struct {
	Requests int64 `json:"requests"`
	Failed   int64 `json:"failed"`
}

// sendRole runs the baseline as a child: net/http with a tuned Transport, in a
// closed loop, each answer read to its end, nothing recorded.
func sendRole(ctx context.Context, args []string, _ io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("send", flag.ContinueOnError)
	url := flags.String("url", "", "")
	requests := flags.Int("n", 1, "")
	vus := flags.Int("c", 1, "")
	keyed := flags.Bool("key", false, "")
	if err := flags.Parse(args); err != nil {
		return err
	}
	result, err := send(ctx, *url, *requests, *vus, *keyed)
	return errors.Join(err, json.NewEncoder(out).Encode(result))
}

// send sends purchases in vus loops, requests in all.
func send(ctx context.Context, url string, requests, vus int, keyed bool) (sent, error) {
	client := &http.Client{Transport: tuned(vus)}
	defer client.CloseIdleConnections()
	var next, done, failed atomic.Int64
	var all sync.WaitGroup
	for range vus {
		all.Go(func() {
			for i := next.Add(1); i <= int64(requests) && ctx.Err() == nil; i = next.Add(1) {
				key := ""
				if keyed {
					key = strconv.FormatInt(i, 10)
				}
				if err := post(ctx, client, url, key); err != nil {
					failed.Add(1)
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	return sent{Requests: done.Load(), Failed: failed.Load()}, context.Cause(ctx)
}

// tuned returns a Transport that keeps a connection for each virtual user: the default one keeps two per host and opens a new one for nearly
// every other request.
func tuned(vus int) *http.Transport {
	return &http.Transport{
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		MaxIdleConns:        vus,
		MaxIdleConnsPerHost: vus,
		DisableCompression:  true,
	}
}

func post(ctx context.Context, client *http.Client, url, key string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(payload)))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusCreated {
		return errors.New(resp.Status)
	}
	return nil
}
