package jupyter

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// CellError reports that a cell of a notebook failed: it did not compile, its program panicked or ended with another status
// than 0, one of its tests failed, or it did not end in time.
type CellError struct {
	Notebook  string // path of the notebook
	Cell      int    // 1 for the first code cell
	Heading   string // nearest heading above the cell, "" when there is none
	FirstLine string // of its code
	Reason    string // "exit status 2", "it did not compile", …
	Hint      string // what to do about it, "" when that is not known
	Output    string // the end of what it printed, and its traceback; at most 4 KB, without colours
}

// Error names the cell in one line and gives what it printed in those below.
func (e *CellError) Error() string {
	under := ""
	if e.Heading != "" {
		under = fmt.Sprintf(" under %q", e.Heading)
	}
	head := fmt.Sprintf("%s: cell %d%s (%s) failed: %s", e.Notebook, e.Cell, under, e.FirstLine, e.Reason)
	if e.Hint != "" {
		head += "\n" + e.Hint
	}
	if e.Output == "" {
		return head
	}
	return head + "\n" + e.Output
}

// CheckNotebook reads an executed notebook and returns a *CellError for the first cell whose outputs show that it failed,
// nil when none does.
func CheckNotebook(path string) error {
	nb, err := readNotebook(path)
	if err != nil {
		return err
	}
	for i, c := range nb.Cells {
		if reason := c.failure(); reason != "" {
			return nb.failed(path, i, reason)
		}
	}
	return nil
}

// failed describes the failure of the cell with the given index.
func (nb notebook) failed(path string, index int, reason string) *CellError {
	c := nb.Cells[index]
	return &CellError{
		Notebook: path, Cell: nb.number(index), Heading: nb.headingAbove(index), FirstLine: c.firstLine(),
		Reason: reason, Hint: c.hint(), Output: c.printed(),
	}
}

var (
	// mainLine matches a line that makes the cell a program: below %% and %main, the body of func main.
	mainLine = regexp.MustCompile(`(?m)^\s*%(%|main\b|test\b)`)
	// outsideFunction matches the messages of goimports and the compiler about statements outside a function.
	outsideFunction = regexp.MustCompile(`expected declaration, found |non-declaration statement outside function body`)
)

// movedNames matches the compiler's message about what cells of earlier notebooks find in package runs no longer.
var movedNames = regexp.MustCompile(`undefined: runs\.(Compare\w*|Comparison|Gate\w*|ParseGates|JudgeGates|Change|Knee|FindKnee|Recovery|TimeToRecover)\b`)

// hint returns what to do about a failure that has a common cause: the line that makes statements a program is missing, or
// the cell uses a name that has moved.
func (c cell) hint() string {
	printed := c.printed()
	switch {
	case movedNames.MatchString(printed):
		return `comparisons are in package compare: import "sagalab/pkg/compare" in place of "sagalab/pkg/runs", and write compare.Stages for runs.Compare, compare.Repeats for runs.CompareRepeats, compare.Options for runs.CompareOptions`
	case !mainLine.MatchString(string(c.Source)) && outsideFunction.MatchString(printed):
		return "the cell has statements outside a function: put a line %% above them"
	}
	return ""
}

// exitLine is what the kernel writes to stderr, alone, when a program ended badly.
var exitLine = regexp.MustCompile(`(?:^|\n)(exit status [1-9][0-9]*|signal: [a-z ]+(?: \(core dumped\))?)\s*$`)

// failure is the reason why the cell's outputs show that it failed, "" when they do not.
//
// gonb v0.11.5 sends an error output for every failure of Go code; earlier versions sent only the exit line for a panic,
// an os.Exit or a failing test. For a shell command (a line that starts with !) v0.11.5 still sends only that line.
func (c cell) failure() string {
	if c.Type != "code" {
		return ""
	}
	for _, o := range c.Outputs {
		if o.Type == "error" {
			return o.reason()
		}
	}
	if !strings.Contains("\n"+string(c.Source), "\n!") {
		return ""
	}
	for _, o := range c.Outputs {
		if match := exitLine.FindStringSubmatch(string(o.Text)); o.Name == "stderr" && match != nil {
			return match[1]
		}
	}
	return ""
}

// building matches the kernel's message when it could not build the cell's program.
var building = regexp.MustCompile(`main(_test)?\.go:|/go (build|test|get)\b|/goimports\b`)

// reason puts an error output in a few words. A program's failure has its exit status as value; everything else that the
// kernel reports is about building the program.
func (o output) reason() string {
	value := strings.TrimSpace(plain(o.EValue))
	switch {
	case exitLine.MatchString(value):
		return value
	case building.MatchString(value):
		return "it did not compile"
	case value == "" && o.EName == "":
		return "an error without a message"
	case value == "":
		return o.EName
	}
	first, _, _ := strings.Cut(value, "\n")
	return first
}

const printedBytesMax = 4 << 10

// printed is the end of what the cell printed and of its traceback, as plain text.
func (c cell) printed() string {
	var all strings.Builder
	for _, o := range c.Outputs {
		switch o.Type {
		case "stream":
			all.WriteString(string(o.Text))
		case "error":
			all.WriteString(o.trace())
		case "display_data", "execute_result":
			all.WriteString(o.displayed())
		}
		if s := all.String(); s != "" && !strings.HasSuffix(s, "\n") {
			all.WriteByte('\n')
		}
	}
	return lastBytes(strings.TrimSpace(plain(all.String())), printedBytesMax)
}

// trace is the traceback, unless it only repeats the exit status.
func (o output) trace() string {
	trace := strings.TrimSpace(strings.Join(o.Traceback, "\n"))
	if trace == "" {
		trace = strings.TrimSpace(o.EValue)
	}
	if exitLine.MatchString(trace) {
		return ""
	}
	return trace
}

var (
	hidden = regexp.MustCompile(`(?s)<(style|script)\b.*?</(style|script)>`)
	tag    = regexp.MustCompile(`<[^>]*>`)
	blank  = regexp.MustCompile(`\n\s*\n+`)
)

// displayed is the text of a display: its text form or, for the kernel's reports of errors, which have none, its HTML
// without the marks.
func (o output) displayed() string {
	if shown, ok := o.Data["text/plain"]; ok {
		return string(shown)
	}
	markup := string(o.Data["text/html"])
	if !strings.Contains(markup, "gonb-err") {
		return ""
	}
	markup = tag.ReplaceAllString(hidden.ReplaceAllString(markup, ""), "")
	return blank.ReplaceAllString(html.UnescapeString(markup), "\n")
}

var colour = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")

// plain removes terminal colours.
func plain(s string) string { return colour.ReplaceAllString(s, "") }

// lastBytes is the end of s, from the start of a line where there is one, at most limit bytes.
func lastBytes(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	s = s[len(s)-limit:]
	if _, after, ok := strings.Cut(s, "\n"); ok {
		s = after
	}
	return "…\n" + strings.ToValidUTF8(s, "")
}
