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

// Patience bounds a single wait. It is not a limit on speed: an idle machine needs a tenth.
const Patience = 3 * time.Minute

// Browser is one tab of a headless Chromium.
type Browser struct {
	*testing.T
	ctx context.Context
}

// OpenBrowser opens a tab that closes with the test. When the test fails, a screenshot is kept.
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

// keepPicture writes a screenshot to the temporary directory and logs its name.
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

// Do performs steps within Patience.
func (b Browser) Do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, Patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.Fatalf("%s: %v", what, err)
	}
}

// Look returns the value of a JavaScript expression, or of the promise that it returns.
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

// Await evaluates a JavaScript expression ten times a second until it is true; an exception
// counts as false. The value of shown, also an expression, is in the message of a failure.
func (b Browser) Await(what, expression, shown string) {
	b.Helper()
	if !b.Within(Patience, expression) {
		b.Fatalf("waited %v for %s; there is: %s", Patience, what, Look[string](b, fmt.Sprintf("String(%s)", shown)))
	}
}

// Within waits as Await does, but no longer than long, and reports whether the expression
// became true.
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
