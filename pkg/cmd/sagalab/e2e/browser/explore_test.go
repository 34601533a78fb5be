package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/jupyter"
)

const exploreCode = `import "sagalab/pkg/nb/explore"
%%
explore.Run(func(v explore.Values) { fmt.Printf("asked for %.0f/s\n", v.Float("rate")) },
	explore.Slider("rate", 60, 10, 400), explore.Slider("seconds", 5, 1, 30))`

// TestExploreInABrowser types a number, which the slider follows, moves the slider, runs with that, and looks at what is saved.
func TestExploreInABrowser(t *testing.T) {
	t.Parallel()
	l := e2e.Installation(t)
	notebook := writeCell(t, l, exploreCode)
	started := startLab(t)
	const code = "explore.Run("
	j := openNotebook(e2e.OpenBrowser(t), started.address(notebook), 1)

	before := e2e.Look[string](j.Browser, prompt(code))
	j.start(code)
	slider := cell(code) + `.querySelector('.jp-OutputArea input[type=range]')`
	number := cell(code) + `.querySelector('.jp-OutputArea input[type=number]')`
	j.Await("the sliders at the literals", slider+`.value === '60'`, output(code))
	j.click(number)
	j.Do("mark the number", chromedp.Evaluate[chromedp.Void](number+`.select()`))
	j.Do("type another", chromedp.KeyEvent("62"))
	j.Await("the slider to follow the number", slider+`.value === '62'`, slider+`.value`)
	j.Do("go to the slider", chromedp.Evaluate[chromedp.Void](slider+`.focus()`))
	j.Do("move it by a key", chromedp.KeyEvent(kb.ArrowRight))
	j.Await("the number to follow the slider", number+`.value === '63'`, number+`.value`)
	j.click(button(code, "Run"))
	j.Await("the run at 63/s, and the sliders left there", output(code)+`.includes('asked for 63/s') && `+slider+`.value === '63'`, output(code))
	j.click(button(code, "Done"))
	j.Await("the end of the cell", hasEnded(prompt(code), before), output(code))

	said := e2e.Look[string](j.Browser, output(code))
	for _, part := range []string{"rate = 60, seconds = 5", "asked for 60/s", "rate = 63, seconds = 5 (2 runs, this was the last; done)"} {
		if !strings.Contains(said, part) {
			t.Errorf("the cell said %q, want %q in it", said, part)
		}
	}
	j.Do("save", chromedp.KeyEvent("s", chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	j.Await("the notebook on disk", fmt.Sprintf(`fetch('/api/contents/%s/%s').then(r => r.text()).then(s => s.includes('this was the last'))`,
		filepath.Base(filepath.Dir(notebook)), filepath.Base(notebook)), output(code))
	checkOnlyText(t, notebook)

	before = e2e.Look[string](j.Browser, prompt(code))
	j.start(code)
	j.Await("the sliders at the literals again", slider+`.value === '60'`, output(code))
	j.interrupt()
	j.Await("the end by the stop button", hasEnded(prompt(code), before), output(code))
	if said := e2e.Look[string](j.Browser, output(code)); !strings.Contains(said, "stopped while waiting for a click") || strings.Contains(said, "goroutine") {
		t.Errorf("after the stop button the cell said %q", said)
	}
}

// TestExploreHeadless runs the cell without a browser.
func TestExploreHeadless(t *testing.T) {
	t.Parallel()
	l := e2e.Installation(t)
	dir := t.TempDir()
	notebook := writeCell(t, l, exploreCode)
	if got := e2e.Command(t, "run", "--out", dir, notebook).Finish(t); got.Status != 0 {
		t.Fatalf("run ended with status %d\n%s%s", got.Status, got.Out, got.Log)
	}
	if outputs := checkOnlyText(t, filepath.Join(dir, filepath.Base(notebook))); strings.Count(outputs, "rate = 60, seconds = 5") != 1 ||
		strings.Count(outputs, "asked for 60/s") != 1 || strings.Contains(outputs, "browser") {
		t.Errorf("run without a browser left %s, want one run with the literals", outputs)
	}
}

// writeCell is a notebook with one cell, in a room.
func writeCell(t *testing.T, l *jupyter.Installation, code string) (path string) {
	t.Helper()
	raw, err := json.Marshal(map[string]any{
		"nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)", "language": "go"}},
		"cells": []any{map[string]any{"id": "explore", "cell_type": "code", "source": code, "metadata": map[string]any{},
			"outputs": []any{}, "execution_count": nil}},
	})
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(room(t, l), "explore.ipynb")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// checkOnlyText looks for outputs that are anything but text, and returns all.
func checkOnlyText(t *testing.T, notebook string) (outputs string) {
	t.Helper()
	raw, err := os.ReadFile(notebook)
	if err != nil {
		t.Fatal(err)
	}
	var saved struct {
		Cells []struct {
			Outputs []struct {
				Data map[string]any `json:"data"`
				Text any            `json:"text"`
			} `json:"outputs"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(raw, &saved); err != nil {
		t.Fatal(err)
	}
	for _, c := range saved.Cells {
		for _, o := range c.Outputs {
			outputs += fmt.Sprintln(o.Text, o.Data["text/plain"])
			for mime, data := range o.Data {
				// the kernel empties the display that it opened its way back with
				if text := fmt.Sprint(data); mime != "text/plain" && strings.Trim(text, "[] \n") != "" {
					t.Errorf("%s holds %s: %s", notebook, mime, text)
				}
			}
		}
	}
	return outputs
}

// button is the expression for a button below a cell.
func button(code, label string) string {
	return fmt.Sprintf(`[...%s.querySelectorAll('.jp-OutputArea button')].find(b => b.textContent === %q)`, cell(code), label)
}
