package dtm

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/internal/realservices/harness"
)

// TestTwoAtOnceUnderOneKey submits each saga twice at the same time. dtm may run the branches of both submits; the barrier of the
// participant makes them one purchase. dtm answers the one that is last with 500, which says nothing about the purchase.
func TestTwoAtOnceUnderOneKey(t *testing.T) {
	const purchases = 20
	url := Start(t)
	c := harness.NewTranscript(t, url)
	c.Send("", "PUT", "/fixture", fmt.Sprintf(`{"users":{"user-1":1000000},"products":{"product-1":{"price":400,"on_hand":%d}}}`, purchases)).Want(t, 204)
	var all sync.WaitGroup
	for i := range 2 * purchases {
		body := saga(t, url, fmt.Sprint("key-", i/2), "user-1", "product-1")
		all.Go(func() {
			response, err := http.Post(url+"/api/dtmsvr/submit", "application/json", strings.NewReader(body))
			if err != nil {
				t.Error(err)
				return
			}
			defer response.Body.Close()
			text, err := io.ReadAll(response.Body)
			known := strings.Contains(string(text), "current status 'succeed'") || strings.Contains(string(text), "dtm panic: storage: NotFound")
			if err != nil || response.StatusCode != 200 && !known {
				t.Errorf("%s %s, %v", response.Status, text, err)
			}
		})
	}
	all.Wait()
	orders := c.Send("", "GET", "/orders", "").Want(t, 200)
	if n := strings.Count(orders.Body, `"CONFIRMED"`); n != purchases || orders.Field(t, fmt.Sprintf("%d.id", purchases)) != "" {
		t.Errorf("%d of the orders are confirmed, want %d and no other: %s", n, purchases, orders.Body)
	}
	if a := c.Send("", "GET", "/stock/product-1", "").Want(t, 200); a.Field(t, "on_hand") != "0" {
		t.Errorf("stock: %s, want none", a.Body)
	}
	if a := c.Send("", "GET", "/balances/user-1", "").Want(t, 200); a.Field(t, "balance") != fmt.Sprint(1000000-400*purchases) {
		t.Errorf("balance: %s, want %d", a.Body, 1000000-400*purchases)
	}
}
