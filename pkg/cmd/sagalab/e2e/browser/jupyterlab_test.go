package browser

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
)

// jupyterLab is a notebook that is open in JupyterLab. It is worked with as a
// person does, by mouse and keyboard; what there is to see is read from the page.
// A cell is named by a piece of its code.
type jupyterLab struct {
	e2e.Browser
	cells int // with code
}

// openNotebook opens a notebook in JupyterLab and returns when it is connected to
// its kernel. JupyterLab gives the status of a kernel that has not executed
// anything as Unknown.
func openNotebook(b e2e.Browser, address string, cells int) jupyterLab {
	b.Helper()
	b.Do("open "+address, chromedp.Navigate(address))
	b.Await("the notebook in JupyterLab, with its kernel", fmt.Sprintf(`document.querySelectorAll('.jp-Notebook .jp-CodeCell').length === %d &&
		document.querySelector('.jp-KernelName').innerText.includes('Go (gonb)') &&
		['idle', 'unknown'].includes(document.querySelector('.jp-Notebook-ExecutionIndicator').dataset.status)`, cells), `document.body.innerText`)
	return jupyterLab{b, cells}
}

// cell is the JavaScript expression for a cell.
func cell(code string) string {
	return fmt.Sprintf(`[...document.querySelectorAll('.jp-Notebook .jp-CodeCell')].find(c => c.querySelector('.cm-content')?.textContent.includes(%q))`, code)
}

// prompt is the expression for what stands in brackets left of a cell: its number
// when it has ended, a star while it runs or waits.
func prompt(code string) string { return cell(code) + `.querySelector('.jp-InputPrompt').textContent` }

// output is the expression for the text below a cell.
// Not innerText, which is empty for what is scrolled out of sight.
func output(code string) string { return cell(code) + `.querySelector('.jp-OutputArea').textContent` }

// hasEnded is the expression for a prompt with a number that is not before.
func hasEnded(prompt, before string) string {
	return fmt.Sprintf(`(/^\[\d+\]:$/.test(%[1]s) && %[1]s !== %[2]q)`, prompt, before)
}

// place is the middle of what an expression for a DOM Range or element gives, in
// the window's coordinates; it is scrolled into sight first.
func (j jupyterLab) place(element string) (x, y float64) {
	j.Helper()
	at := e2e.Look[[]float64](j.Browser, fmt.Sprintf(`(() => {
		const found = %s;
		(found.startContainer?.parentElement ?? found).scrollIntoView({block: 'center'});
		const r = found.getBoundingClientRect();
		return [r.x + r.width / 2, r.y + r.height / 2];
	})()`, element))
	return at[0], at[1]
}

// click clicks on an element.
func (j jupyterLab) click(element string) {
	j.Helper()
	x, y := j.place(element)
	// a menu opens the entry that the mouse was moved to
	j.Do("click "+element, chromedp.MouseEvent(chromedp.MouseMoved, x, y), chromedp.MouseClickXY(x, y))
}

// goTo puts the cursor into a cell. Cells above may still be growing, which moves
// this one from under the mouse: as a person does, it tries again.
func (j jupyterLab) goTo(code string) {
	j.Helper()
	for end := time.Now().Add(e2e.Patience); time.Now().Before(end); {
		j.click(cell(code) + `.querySelector('.cm-line:last-child')`)
		if e2e.Look[bool](j.Browser, fmt.Sprintf(`%s.contains(document.activeElement)`, cell(code))) {
			return
		}
	}
	j.Fatalf("cannot get the cursor into the cell with %s", code)
}

// start runs a cell with the keyboard. On a busy machine JupyterLab can leave the keys
// without effect while it connects to the kernel: the cell then stays as it was, and the
// keys are pressed again, as a person would.
func (j jupyterLab) start(code string) {
	j.Helper()
	before := e2e.Look[string](j.Browser, prompt(code))
	for range 3 {
		j.goTo(code)
		j.Do("press Shift+Enter", chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierShift)))
		if j.Within(e2e.Patience/3, fmt.Sprintf("%s !== %q", prompt(code), before)) {
			return
		}
	}
	j.Fatalf("the cell with %s was not started; there is: %s", code, e2e.Look[string](j.Browser, prompt(code)))
}

// run runs a cell, waits for its end and returns the text below it.
func (j jupyterLab) run(code string) string {
	j.Helper()
	before := e2e.Look[string](j.Browser, prompt(code))
	j.start(code)
	j.Await("the end of the cell with "+code, hasEnded(prompt(code), before), output(code))
	return e2e.Look[string](j.Browser, output(code))
}

// numbers is the expression for the numbers in brackets left of the cells, from the
// first to the last; NaN for a cell that runs, waits or has not run.
const numbers = `[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => parseInt(e.textContent.slice(1)))`

// startAll chooses Run ▸ Run All Cells and returns the highest number of a cell
// before that.
func (j jupyterLab) startAll() (before int) {
	j.Helper()
	before = e2e.Look[int](j.Browser, `Math.max(0, ...`+numbers+`.filter(n => n > 0))`)
	j.click(`[...document.querySelectorAll('.lm-MenuBar-itemLabel')].find(e => e.textContent === 'Run')`)
	const item = `document.querySelector('.lm-Menu-item[data-command="runmenu:run-all"] .lm-Menu-itemLabel')`
	j.Await("the menu", item+`.offsetParent`, `document.querySelector('.lm-Menu').innerText`)
	j.click(item)
	return before
}

// awaitAll waits until every cell has run since startAll.
func (j jupyterLab) awaitAll(before int) {
	j.Helper()
	j.Await("the end of every cell", fmt.Sprintf(`%s.filter(n => n > %d).length === %d`, numbers, before, j.cells), numbers)
}

// interrupt presses the stop button.
func (j jupyterLab) interrupt() {
	j.Helper()
	j.click(`document.querySelector('.jp-NotebookPanel-toolbar [data-command="notebook:interrupt-kernel"]')`)
}

// replace marks a word of a cell with a double click and types another.
func (j jupyterLab) replace(code, old, new string) {
	j.Helper()
	word := fmt.Sprintf(`(() => {
		const texts = document.createTreeWalker(%s.querySelector('.cm-content'), NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const at = texts.currentNode.data.search(/\b%[2]s\b/);
			if (at < 0) continue;
			const range = document.createRange();
			range.setStart(texts.currentNode, at);
			range.setEnd(texts.currentNode, at + %[3]d);
			return range;
		}
	})()`, cell(code), regexp.QuoteMeta(old), len(old))
	for end := time.Now().Add(e2e.Patience); ; {
		x, y := j.place(word)
		j.Do("double-click "+old, chromedp.MouseClickXY(x, y), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
		if e2e.Look[string](j.Browser, `getSelection().toString()`) == old {
			break
		}
		if time.Now().After(end) {
			j.Fatalf("cannot mark %s in the cell with %s", old, code)
		}
	}
	j.Do("type "+new, chromedp.KeyEvent(new))
	j.Await(new+" in the cell with "+code, cell(code)+fmt.Sprintf(`.querySelector('.cm-content').textContent.includes(%q)`, new),
		cell(code)+`.querySelector('.cm-content').textContent`)
}

// awaitProgress waits until the line below a stage's cell has counted past from,
// and returns how far it has.
func (j jupyterLab) awaitProgress(stage string, from int) int {
	j.Helper()
	count := fmt.Sprintf(`Number(/success\s*(\d+)/.exec(%s)?.[1] ?? 0)`, output(stageCell(stage))) // in the live view
	j.Await(fmt.Sprintf("more than %d requests of stage %s", from, stage), count+fmt.Sprintf(` > %d`, from), output(stageCell(stage)))
	return e2e.Look[int](j.Browser, count)
}

// awaitInterrupted waits for the sentence that an interrupted stage ends with, and
// returns how many requests it has kept.
func (j jupyterLab) awaitInterrupted(stage string) int {
	j.Helper()
	sentence := fmt.Sprintf(`stage %s was interrupted: (\d+) of \d+ purchases are recorded and kept`, stage)
	j.Await("the end of stage "+stage, fmt.Sprintf(`/%s/.test(%s)`, sentence, output(stageCell(stage))), output(stageCell(stage)))
	match := regexp.MustCompile(sentence).FindStringSubmatch(e2e.Look[string](j.Browser, output(stageCell(stage))))
	kept, err := strconv.Atoi(match[1])
	if err != nil {
		j.Fatal(err)
	}
	return kept
}

func stageCell(stage string) string { return fmt.Sprintf(`lab.Stage("%s"`, stage) }

// figure is the picture below a cell, as the page holds it.
func (j jupyterLab) figure(code string) string {
	j.Helper()
	picture := cell(code) + `.querySelector('.jp-OutputArea img')`
	j.Await("the figure of "+code, picture+`?.naturalWidth > 0`, output(code))
	return e2e.Look[string](j.Browser, picture+`.src`)
}

// table is the table below a cell: by the text of a row's first column, then by
// the name of the column.
func (j jupyterLab) table(code string) map[string]map[string]string {
	j.Helper()
	rows := e2e.Look[[][]string](j.Browser, `[...`+cell(code)+`.querySelectorAll('.jp-OutputArea table.dataframe tr')].map(r => [...r.cells].map(c => c.textContent))`)
	table := map[string]map[string]string{}
	for _, row := range rows[min(1, len(rows)):] {
		table[row[0]] = map[string]string{}
		for i, name := range rows[0] {
			table[row[0]][name] = row[i]
		}
	}
	if len(table) == 0 || slices.Contains(rows[0], "") {
		j.Fatalf("no table below the cell with %s: %q", code, rows)
	}
	return table
}
