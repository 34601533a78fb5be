package nb

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// DryRun shows the retry policy at work on one purchase without the service:
// a server of the cell's own, on loopback, answers attempt n with the n-th of
// statuses, the last one repeated; 0 drops the connection without an answer. Purchase and
// answers are those of the contract, also where Lab.Adapter addresses another service.
func (l Lab) DryRun(order purchase.Request, statuses ...int) { exitOnError(l.dryRun(order, statuses)) }

func (l Lab) dryRun(order purchase.Request, statuses []int) error {
	for _, s := range statuses {
		if s != 0 && (s < 200 || s > 599) {
			return fmt.Errorf("rehearsal: %d is no status that ends a request; use 200 to 599, or 0 for a dropped connection", s)
		}
	}
	if len(statuses) == 0 {
		return errors.New("rehearsal: give at least one status to answer with, such as 503, 503, 201")
	}
	if err := purchase.Check(purchase.Contract{}, order); err != nil {
		return err
	}
	server := httptest.NewServer(scriptedServer(statuses))
	defer server.Close()
	endpoint, err := purchase.ParseEndpoint(server.URL)
	if err != nil {
		return err
	}
	policy, err := l.policy()
	if err != nil {
		return err
	}
	client, err := retry.New(retry.Config{Policy: policy, OnRetry: printRetry(policy)})
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, stop := interruptible()
	defer stop()
	r := purchase.NewClient(endpoint, client).Purchase(ctx, order)
	for _, a := range r.Operation.Attempts {
		printf("attempt %d: waited %.1f s, %s\n", a.Number, a.Wait.Seconds(), a)
	}
	printf("success=%v after %d attempts, all under the key %s\n", r.Success(), len(r.Operation.Attempts), keyInWords(r.Operation))
	return nil
}

func keyInWords(o retry.Operation) string {
	for _, a := range o.Attempts {
		if a.Key != o.Key {
			return o.Key + " and others: the policy asks for a new key per attempt"
		}
	}
	return o.Key
}

func scriptedServer(statuses []int) http.Handler {
	var served atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := int(served.Add(1))
		status := statuses[min(n, len(statuses))-1]
		if status == 0 {
			panic(http.ErrAbortHandler) // net/http's way to close without an answer
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, `{"rehearsal": %d}`, n)
	})
}
