package purchase_test

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sagalab/pkg/internal/testing/stepshop"
	"sagalab/pkg/purchase"
)

// verbose is a shop whose answers to polls have 100 kB more.
type verbose struct{ *stepshop.Shop }

func (v verbose) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := v.Shop.RoundTrip(r)
	if err == nil && strings.HasPrefix(r.URL.Path, "/orders/") {
		resp.Body = io.NopCloser(io.MultiReader(resp.Body, bytes.NewReader(bytes.Repeat([]byte(" "), 100_000))))
		resp.ContentLength = -1
	}
	return resp, err
}

// TestPollsKeepFewBodies: a purchase that is asked after for long keeps the answer to the last poll,
// and not those to all of them.
func TestPollsKeepFewBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shop := verbose{stepshop.New(stepshop.Options{Settle: 10 * time.Minute})}
		times := purchase.PollTimes{First: time.Second, Most: time.Second, For: time.Hour}
		r := clientOf(t, shop, stepshop.Adapter{Times: times}, patient).Purchase(t.Context(), order)
		kept := 0
		for _, o := range r.Others {
			kept += len(o.Attempt.Body)
		}
		if r.Outcome != purchase.OK || len(r.Others) < 600 || kept > 400_000 || !strings.Contains(r.Message(), "CONFIRMED") {
			t.Errorf("%s after %d polls, which keep %d bytes; want at most those of a few: %.80s", r.Outcome, len(r.Others)-1, kept, r.Message())
		}
	})
}
