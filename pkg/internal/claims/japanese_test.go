package claims

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/internal/language/ja"
)

// committedInJapanese is a notebook of the Japanese edition as it is committed.
func committedInJapanese(t *testing.T, name string) Notebook {
	t.Helper()
	nb, err := Read(filepath.Join(notebooksDir, JapaneseDir, name))
	if err != nil {
		t.Fatal(err)
	}
	return nb
}

// TestBothEditionsRunTheSameCells compares the code of both editions, and checks what the
// Japanese one claims once it has been executed.
func TestBothEditionsRunTheSameCells(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(notebooksDir, JapaneseDir, "*.ipynb"))
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, p := range paths {
		found = append(found, filepath.Base(p))
	}
	if !slices.Equal(found, JapaneseNames()) {
		t.Errorf("the Japanese edition is %q, want %q", found, JapaneseNames())
	}
	for _, name := range JapaneseNames() {
		nb, edition := committedInJapanese(t, name), committed(t, name)
		if !slices.ContainsFunc(nb.Cells, func(c Cell) bool { return c.Count > 0 }) {
			if err := SameCells(nb, edition); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		for _, err := range CheckJapanese(name, nb, edition) {
			t.Error(err)
		}
	}
}

// TestEditionsThatDiffer changes one cell of one edition.
func TestEditionsThatDiffer(t *testing.T) {
	name := JapaneseNames()[0]
	edition := committed(t, name)
	for what, change := range map[string]func(cells []Cell){
		"the code of cell 3 differs":              func(c []Cell) { c[2].Source = strings.Replace(c[2].Source, "MaxAttempts: 3", "MaxAttempts: 4", 1) },
		"the code of cell 6 differs":              func(c []Cell) { c[5].Source += "\n" },
		"cell 2 has headings":                     func(c []Cell) { c[1].Source = "#" + c[1].Source },
		"cell 2 is code in one edition":           func(c []Cell) { c[1].Code = true },
		"the code of cell 3 differs from that of": func(c []Cell) { c[2].Source += "\n" + languageDeclaration },
	} {
		nb := committedInJapanese(t, name)
		change(nb.Cells)
		if err := SameCells(nb, edition); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%v, want an error with %q", err, what)
		}
	}
	nb := committedInJapanese(t, name)
	nb.Cells = nb.Cells[1:]
	if errs := CheckJapanese(name, nb, edition); len(errs) != 1 || !strings.Contains(errs[0].Error(), "cells, the English edition has") {
		t.Errorf("with a cell less: %v", errs)
	}
}

// ofDataAlone matches a printed line that has a Japanese letter, or has data only.
var ofDataAlone = regexp.MustCompile(`[\p{Han}\p{Hiragana}\p{Katakana}]|^Case=|^\s*$`)

// TestOutputsAreReadBack translates the outputs of the English edition into Japanese, as
// cells that have chosen it print them, and checks the claims over them. What was not
// translated stays English: data, evidence, tables of data.
func TestOutputsAreReadBack(t *testing.T) {
	for _, name := range JapaneseNames() {
		edition := committed(t, name)
		nb := translated(edition, ja.Translation())
		changed := 0
		for i, c := range nb.Cells {
			if c.Code {
				nb.Cells[i].Source = edition.Cells[i].Source
			}
			for j, o := range c.Outputs {
				if o.Text != edition.Cells[i].Outputs[j].Text {
					changed++
				}
				for line := range strings.Lines(o.Text) {
					if !o.Table && !ofDataAlone.MatchString(line) {
						t.Errorf("%s, cell %d prints in English: %s", name, i+1, line)
					}
				}
			}
		}
		if changed < 20 {
			t.Errorf("%s has %d outputs in Japanese, want most of them", name, changed)
		}
		for _, err := range CheckJapanese(name, nb, edition) {
			t.Error(err)
		}
		back := translated(nb, ja.Translation().Reversed())
		for i, c := range back.Cells {
			for j, o := range c.Outputs {
				if want := edition.Cells[i].Outputs[j].Text; strings.Join(strings.Fields(o.Text), " ") != strings.Join(strings.Fields(want), " ") {
					t.Errorf("%s, cell %d, output %d is read back as\n%s\nwant\n%s", name, i+1, j+1, o.Text, want)
				}
			}
		}
	}
}
