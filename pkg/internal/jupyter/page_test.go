package jupyter

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"

	"sagalab/pkg/internal/testing/chromium"
)

// TestPageLoadsNothing opens a page in a real browser. The notebook does all it can to make the browser ask a server
// that really listens.
func TestPageLoadsNothing(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	var hits atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hits.Add(1) }))
	defer server.Close()
	source := writeJSON(t, map[string]any{
		"nbformat": 4, "nbformat_minor": 4, "metadata": map[string]any{"widgets": map[string]any{}},
		"cells": []any{
			map[string]any{"cell_type": "markdown", "metadata": map[string]any{},
				"source": fmt.Sprintf("# What holds: 1 < 2\n\n![outside](%s/a.png) and $x^2$\n\n```mermaid\ngraph LR; a-->b\n```", server.URL)},
			map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": "%%\nplot()", "execution_count": 1,
				"outputs": []any{
					display("text/html", fmt.Sprintf(`<script src="%[1]s/b.js"></script><script>document.title = "ran"; fetch("%[1]s/c")</script>
<img src="%[1]s/d.png" onerror="document.title='ran'"><iframe src="%[1]s/e"></iframe><link rel="stylesheet" href="%[1]s/f.css">
<style>@import url(%[1]s/g.css); body { background: url(%[1]s/h.png) }</style><table class="dataframe"><tr><td id="shown">17</td></tr></table>`, server.URL)),
					display("image/png", onePixelPNG),
				}},
		},
	})
	page := filepath.Join(t.TempDir(), "page.html")
	if err := l.Page(t.Context(), source, page); err != nil {
		t.Fatal(err)
	}
	shown := open(t, page)
	if len(shown.requests) != 0 || hits.Load() != 0 {
		t.Errorf("the page made %d requests %v, of which %d arrived; want none", len(shown.requests), shown.requests, hits.Load())
	}
	if shown.title != "What holds: 1 < 2" || shown.language != "en" || shown.cell != "17" || shown.image != "1" {
		t.Errorf("the page shows %+v; want the title, language en, 17 in the table and an image 1 pixel wide", shown)
	}
	if raw, err := os.ReadFile(page); err != nil || strings.Contains(string(raw), "cdnjs") || strings.Contains(string(raw), "unpkg") {
		t.Errorf("the page names a CDN, or cannot be read: %v", err)
	}
}

const onePixelPNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

func display(kind, content string) map[string]any {
	return map[string]any{"output_type": "display_data", "metadata": map[string]any{}, "data": map[string]any{kind: content}}
}

// shownPage is what a browser made of a page.
type shownPage struct {
	title, language, cell string
	image                 string   // its width in its own pixels
	requests              []string // that left the browser, or would have
}

func open(t *testing.T, page string) shownPage {
	t.Helper()
	ctx, requests := browse(t, page)
	return shownPage{
		title:    evaluate(t, ctx, `document.title`),
		language: evaluate(t, ctx, `document.documentElement.lang`),
		cell:     evaluate(t, ctx, `document.querySelector("#shown").textContent`),
		image:    evaluate(t, ctx, `String(document.querySelector("img[src^='data:']").naturalWidth)`),
		requests: requests(),
	}
}

// browse opens a page in a tab. requests lists what left the browser since, or would have.
func browse(t *testing.T, page string) (ctx context.Context, requests func() []string) {
	t.Helper()
	ctx = chromium.Tab(t)
	var mu sync.Mutex
	asked := map[network.RequestID]string{}
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "file:") && !strings.HasPrefix(e.Request.URL, "data:") {
				asked[e.RequestID] = e.Request.URL
			}
		case *network.EventLoadingFailed:
			if e.BlockedReason == network.BlockedReasonCsp { // the page's own policy forbade it: it was not sent
				delete(asked, e.RequestID)
			}
		}
	})
	if err != nil {
		t.Fatalf("listen to the page: %v", err)
	}
	if err := chromedp.Do(ctx, chromedp.Navigate("file://"+page)); err != nil {
		t.Fatalf("open %s: %v", page, err)
	}
	return ctx, func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Sorted(maps.Values(asked))
	}
}

func evaluate(t *testing.T, ctx context.Context, script string) string {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
	if err != nil {
		t.Fatalf("evaluate %s: %v", script, err)
	}
	return value
}
