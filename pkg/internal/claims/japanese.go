package claims

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/language/ja"
)

// JapaneseDir is the folder of the Japanese edition. Its notebooks have the names of the
// English ones, the same cells and the same claims.
const JapaneseDir = "ja"

// JapaneseNames is the names of the notebooks that have a Japanese edition, sorted.
func JapaneseNames() []string { return []string{"01-load-and-retry.ipynb", "02-break-and-audit.ipynb"} }

// CheckJapanese checks an executed notebook of the Japanese edition like Check: with its
// headings and its outputs translated back, against the claims of the English one, edition.
func CheckJapanese(name string, nb, edition Notebook) []error {
	if err := SameCells(nb, edition); err != nil {
		return []error{fmt.Errorf("%s/%s: %w", JapaneseDir, name, err)}
	}
	back := translated(nb, ja.Translation().Reversed())
	for i := range back.Cells {
		if !back.Cells[i].Code {
			back.Cells[i].Source = edition.Cells[i].Source
		}
	}
	return Check(name, back)
}

// SameCells reports the first cell in which two editions of a notebook differ: in kind, in
// headings, or in code other than the declaration that chooses the language.
func SameCells(nb, edition Notebook) error {
	if len(nb.Cells) != len(edition.Cells) {
		return fmt.Errorf("it has %d cells, the English edition has %d", len(nb.Cells), len(edition.Cells))
	}
	for i, c := range nb.Cells {
		e := edition.Cells[i]
		switch {
		case c.Code != e.Code:
			return fmt.Errorf("cell %d is code in one edition and text in the other", i+1)
		case c.Code && withoutLanguage(c.Source) != e.Source:
			return fmt.Errorf("the code of cell %d differs from that of the English edition:\n%s\n--- in English:\n%s", i+1, c.Source, e.Source)
		case !slices.Equal(levels(c), levels(e)):
			return fmt.Errorf("cell %d has headings of the levels %d, in the English edition %d", i+1, levels(c), levels(e))
		}
	}
	return nil
}

// levels are those of a text cell's headings.
func levels(c Cell) (list []int) {
	for _, h := range headings(c) {
		for line := range strings.Lines(c.Source) {
			if strings.TrimSpace(strings.TrimLeft(line, "#")) == h && line[0] == '#' {
				list = append(list, len(line)-len(strings.TrimLeft(line, "#")))
				break
			}
		}
	}
	return list
}

// The lines that choose Japanese, each once in the set-up cell.
const (
	languageImport      = "\t\"sagalab/pkg/figure/japanese\"\n"
	languageDeclaration = "var _ = japanese.Labels()\n\n"
)

func withoutLanguage(source string) string {
	return strings.Replace(strings.Replace(source, languageImport, "", 1), languageDeclaration, "", 1)
}

// translated returns the notebook with the texts of its outputs in another language.
func translated(nb Notebook, t *language.Translation) Notebook {
	nb.Cells = slices.Clone(nb.Cells)
	for i := range nb.Cells {
		c := &nb.Cells[i]
		c.Outputs = slices.Clone(c.Outputs)
		for j := range c.Outputs {
			o := &c.Outputs[j]
			if o.Table && isAudit(o.Text, t) {
				o.Text = translateTable(o.Text, t)
			}
			o.Text = t.Lines(o.Text)
		}
	}
	return nb
}

// isAudit reports whether a text begins with the header of an audit's table, in English or
// in the language from which t translates.
func isAudit(text string, t *language.Translation) bool {
	first, _, _ := strings.Cut(text, " ")
	return first == "rule" || t.Text(first) == "rule"
}

// translateTable translates the names and the cells of a table of texts, and aligns them
// again. A line that is a text itself, such as that with the rules that hold, stays as it is.
func translateTable(text string, t *language.Translation) string {
	lines := strings.Split(text, "\n")
	var alone []string
	for n := len(lines); n > 1 && (lines[n-1] == "" || t.Text(lines[n-1]) != lines[n-1]); n-- {
		alone = append([]string{lines[n-1]}, alone...)
		lines = lines[:n-1]
	}
	table := parseTable(strings.Join(lines, "\n"))
	rows := append([][]string{table.columns}, table.rows...)
	widths := make([]int, len(table.columns))
	for _, row := range rows {
		for i := range row {
			row[i] = t.Text(row[i])
			widths[i] = max(widths[i], utf8.RuneCountInString(row[i]))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			b.WriteString(cell + strings.Repeat(" ", widths[i]+2-utf8.RuneCountInString(cell)))
		}
		b.WriteString(row[len(row)-1] + "\n")
	}
	return b.String() + strings.Join(alone, "\n")
}
