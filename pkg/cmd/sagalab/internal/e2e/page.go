package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// CheckPage opens the page of the first notebook in a browser without a network, and checks its
// pictures and texts.
func CheckPage(t *testing.T, path string) {
	t.Helper()
	b := OpenBrowser(t)
	b.goOffline()
	requests := b.requests()
	b.Do("open the page", chromedp.Navigate((&url.URL{Scheme: "file", Path: path}).String()))
	b.Await("the whole page", `document.readyState === 'complete'`, `document.readyState`)
	pictures := Look[[]picture](b, describePictures)
	if len(pictures) < 5 {
		t.Errorf("the page has %d pictures, want at least 5", len(pictures))
	}
	for i, p := range pictures {
		if p.Width == 0 || p.Height == 0 || p.Colors < 5 {
			t.Errorf("picture %d of %d on the page is blank or broken: %+v", i+1, len(pictures), p)
		}
	}
	shown := Look[string](b, `document.body.innerText`)
	for _, want := range []string{
		"Load and retry: does the purchase API hold up?",
		"Case=normal success=true status=201",
		"Case=insufficient_balance success=false status=402",
		"Case=out_of_stock success=false status=409",
		"Stage light completed: success=50 failure=0",
		"Stage medium completed: success=200 failure=0",
		"Stage heavy completed: success=1000 failure=0",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("the page does not show %q", want)
		}
	}
	for _, r := range requests() {
		if !strings.HasPrefix(r, "file:") && !strings.HasPrefix(r, "data:") {
			t.Errorf("the page asked for %s", r)
		}
	}
}

// picture describes an image in the browser; Colors counts the distinct colours of its pixels.
type picture struct{ Width, Height, Colors int }

const describePictures = `Promise.all([...document.images].map(async i => {
	await i.decode();
	const canvas = document.createElement('canvas');
	canvas.width = i.naturalWidth;
	canvas.height = i.naturalHeight;
	const pen = canvas.getContext('2d');
	pen.drawImage(i, 0, 0);
	const pixels = new Uint32Array(pen.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
	return {Width: i.naturalWidth, Height: i.naturalHeight, Colors: new Set(pixels).size};
}))`

// goOffline takes the network from the page, and checks that it is gone.
func (b Browser) goOffline() {
	b.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "here") }))
	b.Cleanup(server.Close)
	reach := fmt.Sprintf(`fetch(%q, {mode: 'no-cors'}).then(() => 'reached', () => 'out of reach')`, server.URL)
	if got := Look[string](b, reach); got != "reached" {
		b.Fatalf("a server on this machine is %s for the browser", got)
	}
	b.Do("go offline", chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
			MatchedNetworkConditions: []*network.Conditions{{Offline: true, DownloadThroughput: -1, UploadThroughput: -1}},
		})
		return err
	}))
	if got := Look[string](b, reach); got != "out of reach" {
		b.Fatalf("offline, a server on this machine is %s for the browser", got)
	}
}

// requests returns a function that lists the addresses requested since.
func (b Browser) requests() func() []string {
	b.Helper()
	var mu sync.Mutex
	var asked []string
	err := chromedp.Listen(b.ctx, func(event any) {
		if e, ok := event.(*network.EventRequestWillBeSent); ok {
			mu.Lock()
			defer mu.Unlock()
			asked = append(asked, e.Request.URL)
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return asked
	}
}
