package claims

import (
	"fmt"
	"slices"
	"strings"
)

// mostLines is how many lines of code a cell may have, its imports not counted.
const mostLines = 15

// unwanted is text that no output may have: each says that something planned did
// not happen.
var unwanted = []string{"met no request", "was not started", "was interrupted"}

// checkForm checks what holds for every notebook, whatever it claims.
func checkForm(nb Notebook, list []Claim) (errs []error) {
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if nb.Kernel != "gonb" {
		add("its kernel is %q, want gonb", nb.Kernel)
	}
	executed := 0
	for i, c := range nb.Cells {
		if !c.Code {
			continue
		}
		executed++
		if c.Count != executed {
			add("cell %d has the number [%d], want [%d]: execute the notebook from its top", i+1, c.Count, executed)
		}
		if i == 0 || nb.Cells[i-1].Code {
			add("cell %d has no text before it", i+1)
		}
		if n := lines(c.Source); n > mostLines {
			add("cell %d has %d lines of code, want at most %d", i+1, n, mostLines)
		}
		for _, err := range checkOutputs(c) {
			add("cell %d: %w", i+1, err)
		}
	}
	for _, s := range nb.Sections() {
		if err := checkSection(s, list); err != nil {
			add("section %q: %w", s.Heading, err)
		}
	}
	return errs
}

// lines counts a cell's lines of code, without blank ones, %% and imports.
func lines(source string) (n int) {
	importing := false
	for line := range strings.Lines(source) {
		line = strings.TrimSpace(line)
		switch {
		case line == "import (":
			importing = true
		case importing:
			importing = line != ")"
		case line != "" && line != "%%" && !strings.HasPrefix(line, "import "):
			n++
		}
	}
	return n
}

// checkOutputs looks for errors, and for what should have happened and did not.
func checkOutputs(c Cell) (errs []error) {
	if len(c.Outputs) == 0 && c.Executes() {
		errs = append(errs, fmt.Errorf("it shows nothing"))
	}
	for _, o := range c.Outputs {
		if o.Type == "error" || o.Name == "stderr" {
			errs = append(errs, fmt.Errorf("it failed: %s%s", o.Type, o.Text))
		}
		for _, u := range unwanted {
			if strings.Contains(o.Text, u) {
				errs = append(errs, fmt.Errorf("it says %q: %s", u, o.Text))
			}
		}
	}
	return errs
}

// checkSection checks that a section with code that is executed has a claim, and each of
// its figures exactly one. That the figure of a Timed claim is missing is a TimedError.
func checkSection(s Section, list []Claim) error {
	var figures, timed []string
	claimed := 0
	for _, c := range list {
		if c.Section != s.Heading {
			continue
		}
		claimed++
		if c.Figure != "" {
			figures = append(figures, c.Figure)
			if c.Timed {
				timed = append(timed, c.Figure)
			}
		}
	}
	if s.Executes() && claimed == 0 {
		return fmt.Errorf("it has code that is executed, and no claim")
	}
	var drawn []string
	for _, o := range s.outputs() {
		if o.PNG != "" {
			drawn = append(drawn, titleOf(o))
		}
	}
	slices.Sort(figures)
	slices.Sort(drawn)
	if slices.Equal(figures, drawn) {
		return nil
	}
	err := fmt.Errorf("its figures are %q, its claims are about %q", drawn, figures)
	for _, f := range timed {
		if !slices.Contains(drawn, f) {
			drawn = append(drawn, f)
		}
	}
	slices.Sort(drawn)
	if slices.Equal(figures, drawn) { // but for those of claims on times
		return TimedError{err}
	}
	return err
}
