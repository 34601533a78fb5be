package claims

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"

	"sagalab/pkg/internal/ipynb"
)

// Notebook is an executed notebook, as far as claims look at it.
type Notebook struct {
	// Kernel is the name of the kernel that its metadata ask for.
	Kernel string
	Cells  []Cell
}

// Cell is one cell.
type Cell struct {
	// Code is true for a code cell, false for text.
	Code   bool
	Source string
	// Count is the number in brackets of a code cell, 0 when it was not executed.
	Count   int
	Outputs []Output
}

// Output is one output of a cell.
type Output struct {
	// Type is Jupyter's: display_data, stream, error, …
	Type string
	// Name is that of a stream: stdout or stderr.
	Name string
	// Text is the output as plain text, "" when it has none.
	Text string
	// Table is true when the text is a table, which is displayed as HTML, too.
	Table bool
	// PNG is a figure's picture in base64, "" for other outputs.
	PNG string
}

// Read reads the notebook at path.
func Read(path string) (Notebook, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return Notebook{}, fmt.Errorf("read a notebook: %w", err)
	}
	var file struct {
		Metadata struct {
			Kernel struct {
				Name string `json:"name"`
			} `json:"kernelspec"`
		} `json:"metadata"`
		Cells []struct {
			Type    string     `json:"cell_type"`
			Source  ipynb.Text `json:"source"`
			Count   *int       `json:"execution_count"`
			Outputs []struct {
				Type string                `json:"output_type"`
				Name string                `json:"name"`
				Text ipynb.Text            `json:"text"`
				Data map[string]ipynb.Text `json:"data"`
			} `json:"outputs"`
		} `json:"cells"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return Notebook{}, fmt.Errorf("%s is not a notebook: %w", path, err)
	}
	nb := Notebook{Kernel: file.Metadata.Kernel.Name}
	for _, c := range file.Cells {
		cell := Cell{Code: c.Type == "code", Source: string(c.Source)}
		if c.Count != nil {
			cell.Count = *c.Count
		}
		for _, o := range c.Outputs {
			_, html := o.Data["text/html"]
			cell.Outputs = append(cell.Outputs, Output{
				Type: o.Type, Name: o.Name, Text: string(o.Text + o.Data["text/plain"]), Table: html, PNG: string(o.Data["image/png"]),
			})
		}
		nb.Cells = append(nb.Cells, cell)
	}
	return nb, nil
}

// Section is a heading and the cells below it, up to the next heading of any level.
type Section struct {
	Heading string
	Cells   []Cell
}

// Sections is the notebook's sections in their order. What stands above the first
// heading is in none of them.
func (nb Notebook) Sections() (list []Section) {
	for _, c := range nb.Cells {
		for _, h := range headings(c) {
			list = append(list, Section{Heading: h})
		}
		if n := len(list); n > 0 {
			list[n-1].Cells = append(list[n-1].Cells, c)
		}
	}
	return list
}

// headings is the headings of a text cell, without their marks.
func headings(c Cell) (list []string) {
	if c.Code {
		return nil
	}
	for line := range strings.Lines(c.Source) {
		marks := len(line) - len(strings.TrimLeft(line, "#"))
		if marks > 0 && strings.HasPrefix(line[marks:], " ") {
			list = append(list, strings.TrimSpace(line[marks:]))
		}
	}
	return list
}

// Executes reports whether the cell is code with statements, below a line %%. Cells without
// one declare types, functions and variables, and show nothing.
func (c Cell) Executes() bool {
	return c.Code && slices.Contains(strings.Split(c.Source, "\n"), "%%")
}

// Executes reports whether a cell of the section does.
func (s Section) Executes() bool { return slices.ContainsFunc(s.Cells, Cell.Executes) }

// outputs is all outputs of the section, in their order.
func (s Section) outputs() (list []Output) {
	for _, c := range s.Cells {
		list = append(list, c.Outputs...)
	}
	return list
}

// Text is the plain text of all outputs, each on lines of its own.
func (s Section) Text() string {
	var b strings.Builder
	for _, o := range s.outputs() {
		b.WriteString(strings.TrimRight(o.Text, "\n") + "\n")
	}
	return b.String()
}
