package e2e

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sagalab/pkg/internal/testing/chromium"
)

// Patience bounds every wait for something that a person would see happen. It is
// no verdict on speed: an idle machine needs a tenth of it.
const Patience = 3 * time.Minute

// Browser is one tab of a real Chromium without a window.
type Browser struct {
	*testing.T
	ctx context.Context
}

// OpenBrowser opens a tab that closes with the test. When the test fails, what the
// page showed is kept as a picture.
func OpenBrowser(t *testing.T) Browser {
	t.Helper()
	b := Browser{t, chromium.Tab(t)}
	t.Cleanup(func() {
		if t.Failed() {
			b.keepPicture()
		}
	})
	return b
}

// keepPicture leaves a picture of the page in the temporary directory.
func (b Browser) keepPicture() {
	ctx, cancel := context.WithTimeout(b.ctx, 20*time.Second)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		b.Logf("no picture of the page: %v", err)
		return
	}
	f, err := os.CreateTemp("", "sagalab-page-*.png")
	if err != nil {
		b.Logf("no picture of the page: %v", err)
		return
	}
	defer f.Close()
	if _, err := f.Write(png); err != nil {
		b.Logf("no picture of the page: %v", err)
	}
	b.Logf("what the page showed: %s", f.Name())
}

// Do performs steps within patience.
func (b Browser) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// Look is the value of a JavaScript expression, or of the promise it gives.
func Look[T any](b Browser, expression string) T {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("look at %s: %v", expression, err)
	}
	return value
}

// Await returns when the JavaScript expression, looked at ten times a second, is
// true; while the page does not even have what it speaks of, it is false. shown,
// also an expression, tells in a failure what there was instead.
func (b Browser) Await(what, expression, shown string) {
	b.Helper()
	if !b.Within(Patience, expression) {
		b.Fatalf("waited %v for %s; there is: %s", Patience, what, Look[string](b, fmt.Sprintf("String(%s)", shown)))
	}
}

// Within waits until an expression is true, and reports false when it is not after so
// long.
func (b Browser) Within(long time.Duration, expression string) bool {
	b.Helper()
	for end := time.Now().Add(long); ; time.Sleep(100 * time.Millisecond) {
		if Look[bool](b, fmt.Sprintf("(() => { try { return Boolean(%s) } catch { return false } })()", expression)) {
			return true
		}
		if time.Now().After(end) {
			return false
		}
	}
}
