package chromium

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// TestTabsAreApart opens two tabs on one server: both have the focus and the size of Tab, and neither sees what the other stored.
func TestTabsAreApart(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/cookie" {
			http.SetCookie(w, &http.Cookie{Name: "ours", Value: "1"})
		}
		w.Header().Set("Content-Type", "text/html")
	}))
	defer server.Close()
	first, second := Tab(t), Tab(t)
	if err := chromedp.Do(first, chromedp.Navigate(server.URL+"/cookie"), chromedp.Evaluate[chromedp.Void](`localStorage.setItem('ours', '1')`)); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(second, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	const shown = `[document.hasFocus(), innerWidth, innerHeight, document.cookie, localStorage.length].join(' ')`
	for name, tab := range map[string]struct {
		ctx  context.Context
		want string
	}{
		"first":  {first, "true 1400 1000 ours=1 1"},
		"second": {second, "true 1400 1000  0"},
	} {
		if got, err := chromedp.Run(tab.ctx, chromedp.Evaluate[string](shown)); err != nil || got != tab.want {
			t.Errorf("%s tab: got %q, %v, want %q", name, got, err, tab.want)
		}
	}
}

// TestStopAndStartAgain: after Stop the next Tab starts a new browser.
func TestStopAndStartAgain(t *testing.T) {
	for range 2 {
		t.Run("tab", func(t *testing.T) {
			if got, err := chromedp.Run(Tab(t), chromedp.Evaluate[int](`1 + 1`)); err != nil || got != 2 {
				t.Errorf("1 + 1 is %d, %v", got, err)
			}
		})
		if err := Stop(); err != nil {
			t.Error(err)
		}
	}
}
