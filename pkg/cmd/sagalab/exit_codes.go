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

// exitCode is the exit status of the program. The zero value is exitGood.
type exitCode int

// The exit codes; exits has their meanings.
const (
	exitGood        exitCode = 0
	exitBad         exitCode = 1
	exitUnclear     exitCode = 2
	exitNotDone     exitCode = 3
	exitInterrupted exitCode = 130 // what shells give a program that Ctrl-C ended
)

// exits lists the exit codes with their verdicts, for reports, and meanings, for --help. When several apply, moreSevere
// decides.
var exits = []struct {
	code           exitCode
	verdict, means string
}{
	{exitGood, "good", "done, and all that was to be judged is good"},
	{exitBad, "judged bad", "a threshold fails, a rule or a gate is violated, a notebook's cell failed"},
	{exitUnclear, "could not be judged", "too few samples, a rule that has to be answered and stays unknown, a state that could not be read, load lost with a worker"},
	{exitNotDone, "not done", "a wrong flag or argument, an unknown run, an unreadable file, a service or database out of reach, any other trouble such as a full disk"},
	{exitInterrupted, "interrupted", "stopped by Ctrl-C or SIGTERM; what had been recorded is kept"},
}

// exitHelp returns the list of exit codes for --help.
func exitHelp() string {
	var b strings.Builder
	b.WriteString("Exit codes; when several apply 130 goes before 3, 1 and 2, in this order:\n\n")
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, e := range exits {
		fmt.Fprintf(t, "  %d\t%s: %s\n", e.code, e.verdict, e.means)
	}
	t.Flush()
	b.WriteString("\nserve, worker and lab, which run until Ctrl-C or SIGTERM, then end with 0. health ends with 0 or 1, and with 3 only when it cannot write what it found.\n" +
		"`go run` turns every code but 0 into 1: build the program for scripts (go build ./pkg/cmd/sagalab).")
	return b.String()
}

// String returns the verdict of the code, for reports.
func (c exitCode) String() string {
	for _, e := range exits {
		if e.code == c {
			return e.verdict
		}
	}
	return fmt.Sprintf("exit code %d", int(c))
}

// moreSevere returns the code that takes precedence of two.
func moreSevere(a, b exitCode) exitCode {
	order := []exitCode{exitGood, exitUnclear, exitBad, exitNotDone, exitInterrupted}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

// exitError is an error with an exit code.
type exitError struct {
	code exitCode
	err  error
}

// withExitCode returns err with an exit code; nil stays nil.
func withExitCode(code exitCode, err error) error {
	if err == nil {
		return nil
	}
	return &exitError{code, err}
}

// verdictError returns a verdict as an error with its exit code; nil for exitGood.
func verdictError(code exitCode, text string) error {
	if code == exitGood {
		return nil
	}
	return &exitError{code, errors.New(text)}
}

func (e *exitError) Error() string { return e.err.Error() }

func (e *exitError) Unwrap() error { return e.err }

// codeOf returns the exit code of a command that returned err. ctx ends when the program is interrupted: a command that
// returns an error after that was interrupted, whatever the error is.
func codeOf(ctx context.Context, err error) exitCode {
	if err != nil && ctx.Err() != nil {
		return exitInterrupted
	}
	return codeOfError(err)
}

// codeOfError returns the most severe code of an error and those it joins: exitNotDone for an error without a code.
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

// exit writes err to log, unless it is nil, and returns the exit status.
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
