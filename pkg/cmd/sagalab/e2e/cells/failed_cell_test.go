package cells

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

func TestRunNamesTheFailedCell(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, source, reason string }{
		{"does not compile", `var n int = "three"`, "it did not compile"},
		{"panics", `panic("boom")`, "exit status 2"},
		{"exits", `os.Exit(3)`, "exit status 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e2e.Installation(t)
			dir := t.TempDir()
			got := e2e.Command(t, "run", "--out", dir, writeNotebook(t, tt.source)).Finish(t)
			want := fmt.Sprintf(`cell 2 under "The bad one" (%s) failed: %s`, tt.source, tt.reason)
			if got.Status != 1 || !strings.Contains(got.Log, want) {
				t.Errorf("run of a notebook with %s ended with status %d and\n%s\nwant 1 and %q", tt.source, got.Status, got.Log, want)
			}
			files, _ := filepath.Glob(filepath.Join(dir, "failing-*")) // failing.html is for what succeeds
			for _, name := range files {
				if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), "it ran until here") {
					t.Errorf("%s does not show what ran before the failure (%v)", name, err)
				}
			}
			if len(files) != 2 {
				t.Errorf("run wrote %q, want the notebook and its page", files)
			}
		})
	}
}

// writeNotebook writes a notebook whose second cell is source.
func writeNotebook(t *testing.T, source string) string {
	t.Helper()
	markdown := func(text string) map[string]any {
		return map[string]any{"cell_type": "markdown", "metadata": map[string]any{}, "source": text}
	}
	code := func(text string) map[string]any {
		return map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": "%%\n" + text, "outputs": []any{}, "execution_count": nil}
	}
	raw, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 4,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
		"cells":    []any{markdown("# Failing"), code(`fmt.Println("it ran", "until here")`), markdown("## The bad one"), code(source), code(`fmt.Println("never")`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "failing.ipynb")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
