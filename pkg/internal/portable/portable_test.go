package portable_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/internal/acp"
	"sagalab/pkg/internal/portable"
	"sagalab/pkg/purchase"
)

// TestOpen: what is opened is made again from its contents.
func TestOpen(t *testing.T) {
	t.Setenv("SAGALAB_VAR_token", "t0ken-0123")
	write := func(text string) string {
		path := filepath.Join(t.TempDir(), "shop.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const file = "purchase: {send: POST /buy, key: none, means: [{http: 200, is: confirmed}]}\n"
	for _, tt := range []struct{ path, name, contents string }{
		{portable.ACP, "ACP " + acp.Version, "acp: 2026-04-17\n"},
		{write("# ours\n\nacp: 2026-01-30\nitems: items   # theirs\ncurrency: \"eur\"\n"), "ACP 2026-01-30", "acp: 2026-01-30\ncurrency: eur\nitems: items\n"},
		{write(file), "shop.yaml", file},
	} {
		a, err := portable.Open(tt.path)
		if err != nil || a.String() != tt.name || a.Contents() != tt.contents {
			t.Errorf("Open(%s) = %v, %v; want %s with %q", tt.path, a, err, tt.name, tt.contents)
			continue
		}
		again, err := portable.Parse("again", a.Contents(), nil)
		if err != nil || again.Contents() != tt.contents {
			t.Errorf("Parse of the contents of %s = %v, %v", tt.name, again, err)
		}
		if text, err := purchase.Portable(a); err != nil || text != tt.contents || strings.Contains(text, "t0ken") {
			t.Errorf("Portable(%s) = %q, %v", tt.name, text, err)
		}
	}
	for path, want := range map[string]string{
		"acp2": "no such file", write("acp: 2026-04-17\ncolour: red\n"): `shop.yaml: line 2: "colour" is unknown, want one of acp, currency, items, handler, fulfillment, failing_item`,
		write("acp: 2026-04-17\nitems: baskets\n"): `items is "baskets", want line_items or items`, write("purchas: {}\n"): "shop.yaml:1",
	} {
		if a, err := portable.Open(path); err == nil || a != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%s) = %v, %v; want %q", path, a, err, want)
		}
	}
}
