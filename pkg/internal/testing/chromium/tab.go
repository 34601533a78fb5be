package chromium

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// shared is the browser that all tests of a process use.
var shared struct {
	sync.Mutex
	browser context.Context // nil without a browser
	cancel  func()
}

// Tab opens a tab of a headless Chromium that all tests of a process share; the first call starts it. The tab is 1400 × 1000 pixels, closes at the test's end,
// and shares neither cookies, storage nor cache with any other tab, so that
// tests with tabs of their own may run in parallel. The context is for chromedp and
// for one goroutine at a time. A package that uses Tab calls Stop in its TestMain.
func Tab(tb testing.TB) context.Context {
	tb.Helper()
	browser, err := start(InstallIfMissing(tb))
	if err != nil {
		tb.Fatalf("start Chromium: %v", err)
	}
	tab, closeTab := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	tb.Cleanup(closeTab)
	// A page without the focus takes no keys and draws no cursor, and of several
	// windows only one can have it.
	focused := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
		return err
	})
	if err := chromedp.Do(tab, focused, chromedp.EmulateViewport(1400, 1000)); err != nil {
		tb.Fatalf("open a tab of Chromium: %v", err)
	}
	return tab
}

// start returns the context of the shared browser, which it starts unless it runs.
func start(path string) (context.Context, error) {
	shared.Lock()
	defer shared.Unlock()
	if shared.browser != nil && shared.browser.Err() == nil {
		return shared.browser, nil
	}
	// not a test's context: later tests use the browser, too
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.Flag("headless", "new"),
		chromedp.Flag("no-sandbox", os.Geteuid() == 0), // Chromium refuses to run as root with a sandbox
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(browser); err != nil {
		cancel()
		stop()
		return nil, err
	}
	shared.browser, shared.cancel = browser, func() { cancel(); stop() }
	return browser, nil
}

// Stop ends the browser that Tab started, if it did, and returns when its process
// has ended and its profile is gone.
func Stop() error {
	shared.Lock()
	defer shared.Unlock()
	if shared.browser == nil {
		return nil
	}
	err := chromedp.Cancel(shared.browser)
	shared.cancel()
	shared.browser = nil
	if err != nil {
		return fmt.Errorf("stop Chromium: %w", err)
	}
	return nil
}
