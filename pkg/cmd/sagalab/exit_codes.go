package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/internal/runner"
)

// exitCode is what the program ends with. The zero value is exitGood.
type exitCode int

// The exit codes. exits says what each is for.
const (
	exitGood        exitCode = 0
	exitBad         exitCode = 1
	exitUnclear     exitCode = 2
	exitNotDone     exitCode = 3
	exitInterrupted exitCode = 130 // what shells give a program that Ctrl-C ended
)

// exits lists the exit codes with a verdict for reports and what --help says of them. When several apply, graver chooses.
var exits = []struct {
	code           exitCode
	verdict, means string
}{
	{exitGood, "good", "done, and all that was to be judged is good"},
	{exitBad, "judged bad", "a threshold fails, a rule or a gate is violated, a notebook's cell failed"},
	{exitUnclear, "could not be judged", "too few samples, a rule that stays unknown, a state that could not be read, load lost with a worker"},
	{exitNotDone, "not done", "a wrong flag or argument, an unknown run, an unreadable file, a service or database out of reach, any other trouble such as a full disk"},
	{exitInterrupted, "interrupted", "stopped by Ctrl-C or SIGTERM; what had been recorded is kept"},
}

// exitHelp is the list of exit codes for --help.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes; when several apply 130 goes before 3, 1 and 2, in this order:\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, e := range exits {
		fmt.Fprintf(t, "  %d\t%s: %s\n", e.code, e.verdict, e.means)
	}
	t.Flush()
	b.WriteString("\nserve, worker and lab, which run until Ctrl-C or SIGTERM, then end with 0. health ends with 0 or 1 only.\n" +
		"`go run` turns every code but 0 into 1: build the program for scripts (go build ./pkg/cmd/sagalab).")
	return b.String()
}

// String is the code in words, for reports.
func (c exitCode) String() string {
	for _, e := range exits {
		if e.code == c {
			return e.verdict
		}
	}
	return fmt.Sprintf("exit code %d", int(c))
}

// graver is the code that goes first of two.
func moreSevere(a, b exitCode) exitCode {
	order := []exitCode{exitGood, exitUnclear, exitBad, exitNotDone, exitInterrupted}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// exitError is an error that ends the program with a code of its own.
type exitError struct {
	code exitCode
	err  error
}

// ends gives an error a code; nil stays nil.
func withExitCode(code exitCode, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// judged is the verdict of a command that judges, as an error; nil when it is good.
func verdictError(code exitCode, says string) error {
	if code == exitGood {
		return nil
	}
	return &exitError{code, errors.New(says)}
}

func (e *exitError) Error() string { return e.err.Error() }

func (e *exitError) Unwrap() error { return e.err }

// codeOf is the code that a command ends with. ctx ends when the program is interrupted: a command that then returns an
// error was stopped, whatever the error says.
func codeOf(ctx context.Context, err error) exitCode {
	if err != nil && ctx.Err() != nil {
		return exitInterrupted
	}
	return codeOfError(err)
}

// codeOfError is the gravest code of an error and those it joins. An error without a code of its own is exitWrong.
func codeOfError(err error) exitCode {
	switch e := err.(type) {
	case nil:
		return exitGood
	case *exitError:
		return e.code
	case *jupyter.CellError:
		return exitBad
	case *runner.LostError:
		return exitUnclear
	case interface{ Unwrap() []error }:
		code := exitGood
		for _, part := range e.Unwrap() {
			code = moreSevere(code, codeOfError(part))
		}
		return code
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return codeOfError(inner)
		}
	}
	if err == observe.ErrNothingRan {
		return exitUnclear
	}
	return exitNotDone
}

// exit says on log why the program ends, if there is a reason, and returns the exit status.
func exit(ctx context.Context, log io.Writer, err error) int {
	code := codeOf(ctx, err)
	var own *exitError
	switch {
	case err == nil:
	case code == exitInterrupted && !(errors.As(err, &own) && own.code == code):
		fmt.Fprintln(log, "sagalab: interrupted:", err)
	default:
		fmt.Fprintln(log, "sagalab:", err)
	}
	return int(code)
}
