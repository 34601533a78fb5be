package jupyter

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// reported is a report with every part, some of it long, and some of it markup.
const reportJSON = `{
	"verdict": {"state": "bad", "text": "1 of 19 rules is violated: <i id=injected>C3</i>"},
	"tables": [
		{"title": "Stages", "columns": ["stage", "requests", "success", "failure", "unknown", "retries", "rate (/s)", "p50 (ms)", "p90 (ms)", "p95 (ms)", "p99 (ms)", "max (ms)", "warnings"],
		 "rows": [["baseline", "400", "280", "120", "0", "0", "1103", "33.8", "44.0", "49.9", "57.4", "61.0", ""],
		          ["new-keys", "400", "198", "202", "1", "174", "590.7", "27.7", "100.1", "190.2", "256.9", "331", "the client was the bottleneck: 98 % of its processor was used"]],
		 "marks": ["", "warn"]},
		{"title": "Audit", "columns": ["rule", "says", "verdict"], "rows": [["C3", "a purchase is paid once if confirmed, else not at all", "violated"]], "marks": ["bad"]},
		{"title": "Nothing", "columns": null, "rows": null}
	],
	"notes": ["Other programs used 37 % of the processors <script>document.title = 'ran'</script>"],
	"provenance": [["machine", "linux/amd64 <b>2</b> cores"], ["begun", "2026-11-26 17:22:25 +00:00"], ["commit", "b45546b173bc2cc29bc66ab8a396cdaa4e2f519db45546b173bc2cc29bc66ab8a396cdaa4e2f519d"], ["API", "http://127.0.0.1:33959/purchase"]]
}`

func TestParseHead(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "null": "", " null ": "", `{}`: "", `{"verdict": {"state": "good"}}`: "✓ Good", `{"verdict": {"state": "stopped"}}`: "■ Stopped",
		`{"verdict": {"state": "unclear"}}`: "? Could not be judged", `{"verdict": {"state": "odd"}}`: "odd", reportJSON: "✗ Bad",
		`[]`: "error", `{"verdict": "bad"}`: "error", `{"tables": [{"rows": [[1]]}]}`: "error", `{"notes": "x"}`: "error", `{`: "error",
	} {
		h, err := parseHead(json.RawMessage(raw))
		switch {
		case (err != nil) != (want == "error"):
			t.Errorf("parseHead(%s): error %v", raw, err)
		case err == nil && (h == nil) != (strings.TrimSpace(raw) == "" || strings.TrimSpace(raw) == "null"):
			t.Errorf("parseHead(%s) = %v", raw, h)
		case h != nil && err == nil && h.words() != want:
			t.Errorf("the verdict of %s in words is %q, want %q", raw, h.words(), want)
		}
	}
}

// withReport is a copy of one of the project's notebooks, as committed, with a report in its metadata.
func withReport(t *testing.T, l *Installation, name, report string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(l.Notebooks(), name))
	if err != nil {
		t.Fatal(err)
	}
	raw, err = setReport(raw, json.RawMessage(report))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestPageBeginsWithTheReport looks at the page of a real notebook in a browser: first title, verdict, tables, warnings and
// provenance, then the notebook.
func TestPageBeginsWithTheReport(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	page := filepath.Join(t.TempDir(), "page.html")
	if err := l.Page(t.Context(), withReport(t, l, "02-break-and-audit.ipynb", reportJSON), page); err != nil {
		t.Fatal(err)
	}
	ctx, requests := browse(t, page)
	shown := evaluate(t, ctx, `document.body.innerText`)
	rest := shown
	for _, part := range []string{
		"Break it, then audit it", "2026-11-26 17:22:25 +00:00 · linux/amd64 <b>2</b> cores", "✗ Bad", "<i id=injected>C3</i>", "Stages", "new-keys", "Audit", "violated", "Warnings", "<script>document.title",
		"When, where and with what it was measured", "127.0.0.1:33959", "After retries, timeouts and crashes", "Set-up and settings", "Code", "Setup complete",
	} {
		_, after, ok := strings.Cut(rest, part)
		if !ok {
			t.Fatalf("the page does not show %q after what comes before it:\n%.4000s", part, shown)
		}
		rest = after
	}
	for script, want := range map[string]string{
		`String(document.querySelectorAll("h1").length)`:                           "1",
		`String(document.querySelectorAll("script").length)`:                       "0",
		`String(document.querySelector("#injected"))`:                              "null",
		`document.title.slice(0, 8)`:                                               "Break it",
		`getComputedStyle(document.querySelector(".report td.number")).textAlign`:  "right",
		`getComputedStyle(document.querySelector(".report tr.bad td")).textAlign`:  "left",
		`String(document.querySelector(".report tr.warn").innerText.slice(0, 8))`:  "new-keys",
		`getComputedStyle(document.querySelector(".report .verdict")).borderColor`: "rgb(179, 38, 30)",
	} {
		if got := evaluate(t, ctx, script); got != want {
			t.Errorf("%s is %q, want %q", script, got, want)
		}
	}
	checkFolding(t, ctx)
	checkWidths(t, ctx)
	checkPrint(t, ctx)
	if got := requests(); len(got) > 0 {
		t.Errorf("the page made the requests %q, want none", got)
	}
}

// checkFolding opens and closes a cell's code with the mouse.
func checkFolding(t *testing.T, ctx context.Context) {
	t.Helper()
	const visible = `String(document.querySelector("details.code pre").checkVisibility({contentVisibilityAuto: true}))`
	if got := evaluate(t, ctx, `String([...document.querySelectorAll("details.code")].filter(d => d.open).length)`); got != "0" {
		t.Errorf("the code of %s cells is open, want all folded", got)
	}
	for _, want := range []string{"true", "false"} {
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("details.code > summary"))); err != nil {
			t.Fatal(err)
		}
		if got := evaluate(t, ctx, visible); got != want {
			t.Errorf("after a click the code is visible: %s, want %s", got, want)
		}
	}
}

// clipped is the elements that reach over the window's right edge, or hide some of their text, outside of boxes that scroll.
const clippedScript = `(() => {
	const scrolls = e => e !== document.body && (["auto", "scroll"].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
	const bad = e => e.getBoundingClientRect().right > innerWidth + 1 || getComputedStyle(e).overflowX === "hidden" && e.scrollWidth > e.clientWidth + 1;
	const page = document.documentElement;
	return [...document.querySelectorAll("main *")].filter(e => e.checkVisibility() && bad(e) && !scrolls(e.parentElement)).map(e => e.tagName + "." + e.className)
		.concat(page.scrollWidth > innerWidth ? ["the page, which is " + page.scrollWidth + " wide"] : []).join(", ");
})()`

func checkWidths(t *testing.T, ctx context.Context) {
	t.Helper()
	for _, width := range []int64{400, 1280} {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800)); err != nil {
			t.Fatal(err)
		}
		if got := evaluate(t, ctx, clippedScript); got != "" {
			t.Errorf("at %d pixels these are cut off: %s", width, got)
		}
		if got := evaluate(t, ctx, `String(Math.max(...[...document.images].map(i => i.width)) <= innerWidth)`); got != "true" {
			t.Errorf("at %d pixels a figure is wider than the page", width)
		}
	}
}

// checkPrint looks at the page as it is printed on paper of 700 pixels: without code, and with nothing that would have to
// be scrolled.
func checkPrint(t *testing.T, ctx context.Context) {
	t.Helper()
	printed := chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	})
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(700, 900), printed); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]string{
		`String([...document.querySelectorAll("details.code")].filter(d => d.checkVisibility()).length)`:          "0",
		`String(document.querySelector(".report .verdict").checkVisibility())`:                                    "true",
		`String([...document.querySelectorAll(".scroll")].filter(d => d.scrollWidth > d.clientWidth + 1).length)`: "0",
		clippedScript: "",
	} {
		if got := evaluate(t, ctx, script); got != want {
			t.Errorf("printed, %s is %q, want %q", script, got, want)
		}
	}
}

// TestPageOfAFailedCell: its code is open, as is that of a cell that shows nothing else, and a notebook without a report has no head and one title.
func TestPageOfAFailedCell(t *testing.T) {
	t.Parallel()
	l := readyLab(t)
	code := func(source string, outputs ...any) map[string]any {
		if outputs == nil {
			outputs = []any{}
		}
		return map[string]any{"cell_type": "code", "metadata": map[string]any{}, "source": source, "execution_count": 1, "outputs": outputs}
	}
	source := writeJSON(t, map[string]any{"nbformat": 4, "nbformat_minor": 4, "metadata": map[string]any{}, "cells": []any{
		map[string]any{"cell_type": "markdown", "metadata": map[string]any{}, "source": "# Title\n\ntext"},
		code("good()", display("text/plain", strings.Repeat("words of a line ", 100))),
		code("type Declared struct{}"),
		code("bad()", map[string]any{"output_type": "error", "ename": "ERROR", "evalue": "exit status 2", "traceback": []string{"exit status 2"}}),
	}})
	page := filepath.Join(t.TempDir(), "page.html")
	if err := l.Page(t.Context(), source, page); err != nil {
		t.Fatal(err)
	}
	ctx, _ := browse(t, page)
	for script, want := range map[string]string{
		`[...document.querySelectorAll("details.code")].map(d => d.open).join()`:                                 "false,true,true",
		`[document.querySelectorAll("h1").length, document.querySelectorAll(".report").length].join()`:           "1,0",
		`String(document.querySelector(".jp-OutputArea-output pre").getBoundingClientRect().right < innerWidth)`: "true",
	} {
		if got := evaluate(t, ctx, script); got != want {
			t.Errorf("%s is %q, want %q", script, got, want)
		}
	}
}
