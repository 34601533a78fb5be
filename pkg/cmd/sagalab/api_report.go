package main

import (
	"fmt"
	"io"
	"strings"

	"sagalab/pkg/internal/printable"
)

// apiReport is what api check found.
type apiReport struct {
	Adapter string     `json:"adapter"`
	File    string     `json:"file"`
	API     string     `json:"api"`
	Health  string     `json:"health"`
	Hints   []string   `json:"hints,omitempty"` // of the file
	Steps   []apiStep  `json:"steps"`
	Reads   []apiRead  `json:"reads"`
	Rules   []apiRules `json:"rules"`
	// Understood is false when a step or a read has a problem.
	Understood bool `json:"understood"`

	keysInOrders, costed, priced bool // orders show keys and amounts, products prices
}

// apiRequest is what was sent, without secrets.
type apiRequest struct {
	Method  string   `json:"method,omitempty"`
	Path    string   `json:"path,omitempty"`
	Headers []string `json:"headers,omitempty"` // names only
	Body    string   `json:"body,omitempty"`
}

// apiStep is a purchase that was made, or left out. Of one that takes more than one request Parts
// has all of them, and the rest is about the last one.
type apiStep struct {
	Step    string     `json:"step"`
	Number  int        `json:"number,omitempty"` // of purchases sent at once, from 1
	Parts   []apiPart  `json:"parts,omitempty"`
	Sent    apiRequest `json:"sent,omitzero"`
	Status  int        `json:"status,omitempty"`
	Answer  string     `json:"answer,omitempty"`
	Meaning string     `json:"meaning,omitempty"`
	Reason  string     `json:"reason,omitempty"`
	OrderID string     `json:"order_id,omitempty"`
	Amount  int64      `json:"amount,omitempty"`
	Note    string     `json:"note,omitempty"`
	Problem string     `json:"problem,omitempty"`
	Skipped string     `json:"skipped,omitempty"`
}

// apiRead is a state that was read, or left out.
type apiRead struct {
	Read    string `json:"read"`
	Found   string `json:"found,omitempty"`
	Problem string `json:"problem,omitempty"`
	Skipped string `json:"skipped,omitempty"`
}

// add adds a step.
func (r *apiReport) add(s apiStep) { r.Steps = append(r.Steps, s) }

// skip adds a step that was left out.
func (r *apiReport) skip(name, why string) { r.add(apiStep{Step: name, Skipped: why}) }

// works reports whether a state was read without a problem.
func (r *apiReport) works(name string) bool {
	for _, read := range r.Reads {
		if read.Read == name {
			return read.Skipped == "" && read.Problem == ""
		}
	}
	return false
}

// problems returns how many steps and reads have one.
func (r *apiReport) problems() (n int) {
	for _, s := range r.Steps {
		if s.Problem != "" {
			n++
		}
	}
	for _, read := range r.Reads {
		if read.Problem != "" {
			n++
		}
	}
	return n
}

// verdict returns the error with its exit code, nil when all was understood.
func (r *apiReport) verdict() error {
	if r.Understood {
		return nil
	}
	return verdictError(exitBad, fmt.Sprintf("%d of the %d steps and reads were not understood, or are wrong", r.problems(), len(r.Steps)+len(r.Reads)))
}

// print prints the report as tables.
func (r *apiReport) print(out io.Writer) {
	fmt.Fprintf(out, "\nadapter     %s (%s)\nservice     %s\nhealth      %s\n", printable.Line(r.Adapter), r.File, r.API, printable.Line(r.Health))
	for _, hint := range r.Hints {
		fmt.Fprintf(out, "hint        %s\n", printable.Line(hint))
	}
	for _, s := range r.Steps {
		s.print(out)
	}
	fmt.Fprintln(out)
	for _, read := range r.Reads {
		name := read.Read
		if found := orElse(read.Found, read.Skipped); found != "" {
			printRow(out, name, found)
			name = ""
		}
		printRow(out, name, problemText(read.Problem))
	}
	fmt.Fprintf(out, "\nRules of the audit that this makes answerable:\n")
	for _, rules := range r.Rules {
		answerable := "no "
		if rules.Enabled {
			answerable = "yes"
		}
		fmt.Fprintf(out, "  %s  %-48s %s\n", answerable, rules.State, rules.Rules)
	}
	if r.Understood {
		fmt.Fprintln(out, "\nAll was understood.")
	}
}

// print prints a step.
func (s apiStep) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s\n", s.title())
	if s.Skipped != "" {
		printRow(out, "left out", s.Skipped)
		return
	}
	for i, part := range s.Parts {
		if i > 0 {
			fmt.Fprintln(out)
		}
		part.print(out)
	}
	if len(s.Parts) == 0 {
		s.Sent.print(out)
		came := s.Answer
		if s.Status != 0 {
			came = fmt.Sprintf("HTTP %d: %s", s.Status, s.Answer)
		}
		printRow(out, "came", came)
		printRow(out, "understood", s.understood())
	}
	printRow(out, "note", s.Note)
	printRow(out, "", problemText(s.Problem))
}

// note adds a note to a step.
func (s *apiStep) note(text string) { s.Note = strings.TrimPrefix(s.Note+"; "+text, "; ") }

// title names a step, and which of those sent at once it is.
func (s apiStep) title() string {
	if s.Number == 0 {
		return s.Step
	}
	return fmt.Sprintf("%s: %d of 2", s.Step, s.Number)
}

// print prints what was sent.
func (r apiRequest) print(out io.Writer) {
	printRow(out, "sent", strings.TrimSpace(r.Method+" "+r.Path))
	printRow(out, "headers", strings.Join(r.Headers, ", "))
	printRow(out, "body", r.Body)
}

// understood says in words what the answer was understood as.
func (s apiStep) understood() string { return understoodText(s.Meaning, s.Reason, s.OrderID, s.Amount) }

// understoodText says what an answer was understood as.
func understoodText(meaning, reason, order string, amount int64) string {
	text := meaning
	if reason != "" && reason != meaning {
		text += " (" + reason + ")"
	}
	if order != "" {
		text += ", order " + order
	}
	if amount != 0 {
		text += fmt.Sprintf(", amount %d", amount)
	}
	return text
}

// problemText marks a problem.
func problemText(problem string) string {
	if problem == "" {
		return ""
	}
	return "PROBLEM: " + problem
}

// printRow prints a row of a table, nothing when its value is empty.
func printRow(out io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(out, "  %-12s%s\n", name, printable.Line(value))
	}
}
