package jupyter

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"

	"sagalab/pkg/internal/ipynb"
)

// notebookBytesMax bounds what is read of a notebook file. A notebook of ours has about 1 MB.
const notebookBytesMax = 256 << 20

// notebook is what this package reads of an .ipynb file, format 4.
type notebook struct {
	Format   int    `json:"nbformat"`
	Cells    []cell `json:"cells"`
	Metadata struct {
		Report json.RawMessage `json:"sagalab"` // see head
	} `json:"metadata"`
}

type cell struct {
	Type    string     `json:"cell_type"`
	Source  ipynb.Text `json:"source"`
	Outputs []output   `json:"outputs"`
}

type output struct {
	Type      string                `json:"output_type"`
	Name      string                `json:"name"` // of a stream: stdout or stderr
	Text      ipynb.Text            `json:"text"`
	EName     string                `json:"ename"`
	EValue    string                `json:"evalue"`
	Traceback []string              `json:"traceback"`
	Data      map[string]ipynb.Text `json:"data"`
}

// readNotebook reads the file at path.
func readNotebook(path string) (notebook, error) {
	file, err := os.Open(path)
	if err != nil {
		return notebook{}, fmt.Errorf("read the notebook: %w", err)
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, notebookBytesMax+1))
	if err != nil {
		return notebook{}, fmt.Errorf("read the notebook %s: %w", path, err)
	}
	if len(raw) > notebookBytesMax {
		return notebook{}, fmt.Errorf("the notebook %s has more than %d MB: clear its outputs", path, notebookBytesMax>>20)
	}
	nb, err := parseNotebook(raw)
	if err != nil {
		return notebook{}, fmt.Errorf("the notebook %s: %w", path, err)
	}
	return nb, nil
}

func parseNotebook(raw []byte) (notebook, error) {
	var nb notebook
	if err := json.Unmarshal(raw, &nb); err != nil {
		return notebook{}, fmt.Errorf("is not a Jupyter notebook: %w", err)
	}
	if nb.Format != 4 {
		return notebook{}, fmt.Errorf("has format %d and not 4: open it in Jupyter and save it", nb.Format)
	}
	if nb.Cells == nil {
		return notebook{}, errors.New("is not a Jupyter notebook: it has no cells")
	}
	return nb, nil
}

// title is the text of the notebook's first heading, "" when it has none.
func (nb notebook) title() string {
	for i := range nb.Cells {
		if headings := headingsOf(nb.Cells[i]); len(headings) > 0 {
			return headings[0]
		}
	}
	return ""
}

// headingAbove is the nearest heading above the cell with the given index, "" when there is none.
func (nb notebook) headingAbove(index int) string {
	for i := min(index, len(nb.Cells)) - 1; i >= 0; i-- {
		if headings := headingsOf(nb.Cells[i]); len(headings) > 0 {
			return headings[len(headings)-1]
		}
	}
	return ""
}

// headingsOf lists the headings of a Markdown cell, of any level, without their marks.
func headingsOf(c cell) []string {
	if c.Type != "markdown" {
		return nil
	}
	var found []string
	fenced := false
	for line := range strings.Lines(string(c.Source)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		marks := len(line) - len(strings.TrimLeft(line, "#"))
		if rest := line[marks:]; !fenced && marks >= 1 && marks <= 6 && strings.HasPrefix(rest, " ") {
			found = append(found, strings.TrimSpace(rest))
		}
	}
	return found
}

// number is the cell's number as people count: 1 for the first code cell that has code. A kernel that ran the notebook
// from its top shows the same number in brackets beside the cell.
func (nb notebook) number(index int) int {
	count := 0
	for i := range min(index+1, len(nb.Cells)) {
		if nb.Cells[i].isCode() {
			count++
		}
	}
	return count
}

func (c cell) isCode() bool { return c.Type == "code" && strings.TrimSpace(string(c.Source)) != "" }

// preamble matches lines that do not identify a cell: comments, imports, the %% that starts main.
var preamble = regexp.MustCompile(`^(//.*|%%|import\b.*|([\w.]+ )?"[^"]*"|\))?$`)

// firstLine returns the first line of the cell that identifies it, without the space around it.
func (c cell) firstLine() string {
	first := ""
	for line := range strings.Lines(string(c.Source)) {
		line = strings.TrimSpace(line)
		if first == "" {
			first = line
		}
		if !preamble.MatchString(line) {
			return line
		}
	}
	return first
}
