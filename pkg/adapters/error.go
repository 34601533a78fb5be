package adapters

import (
	"fmt"
	"slices"
	"strings"
)

// Error reports everything that is wrong with a file.
type Error struct {
	// Problems are in the order of the file, and at least one.
	Problems []Problem
	name     string
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	// Line and Column count from 1; Column in characters.
	Line, Column int
	// Path is where in the file, such as "purchase.means[0].is"; "" for the file itself.
	Path string
	// Text says what is wrong and what to write instead.
	Text string
}

// maxProblems is how many problems Error shows; the others are counted.
const maxProblems = 20

// Error returns a line for each problem, such as
// `shop.yaml:4:9: purchase.send: "POST" has no path, want such as POST /orders`.
func (e *Error) Error() string {
	var lines []string
	for i, p := range e.Problems {
		if i == maxProblems {
			lines = append(lines, fmt.Sprintf("%s: and %d more", e.name, len(e.Problems)-i))
			break
		}
		where := ""
		if p.Path != "" {
			where = p.Path + ": "
		}
		lines = append(lines, fmt.Sprintf("%s:%d:%d: %s%s", e.name, p.Line, p.Column, where, p.Text))
	}
	return strings.Join(lines, "\n")
}

// errorOf returns the problems of a file as an error, nil without any.
func errorOf(name string, problems []Problem) error {
	if len(problems) == 0 {
		return nil
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	return &Error{slices.Compact(problems), name}
}
