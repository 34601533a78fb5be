package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sagalab/pkg/internal/acp"
	"sagalab/pkg/internal/printable"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// merchantReport is what api check found of a merchant of the Agentic Commerce Protocol.
type merchantReport struct {
	Adapter string `json:"adapter"`
	API     string `json:"api"`
	acp.Report
	Holds      int `json:"holds"`
	Broken     int `json:"broken"`
	NotDone    int `json:"not_done"`    // each a SHOULD
	NotChecked int `json:"not_checked"` // that could be
}

// checkMerchant checks a merchant's idempotency keys.
func (f apiCheckFlags) checkMerchant(ctx context.Context, out, log io.Writer, a *acp.Adapter, e purchase.Endpoint, connection retry.Config) error {
	connection.Policy = retry.Policy{MaxAttempts: 1, AttemptTimeout: f.timeout}
	connection.Connections, connection.Secrets = 2, a.Secrets()
	sender, err := retry.New(connection)
	if err != nil {
		return err
	}
	defer sender.Close()
	said := out
	if f.json {
		said = log
	}
	client := purchase.NewClient(e, sender).WithAdapter(a)
	if err := client.Reachable(ctx, purchase.Connectivity{Attempts: 3, Timeout: f.timeout, Pause: time.Second}, nil); err != nil {
		return fmt.Errorf("%w: nothing was bought; start the merchant, or correct --api", err)
	}
	fmt.Fprintf(said, "This buys from %s by %s: %d of product %v in some hundred checkouts, of which most are completed. What the merchant does about it stays done.\n",
		e, a, f.one.Quantity, f.one.ProductID)
	found, err := acp.Check(ctx, a, e, sender, acp.Options{Purchase: f.one})
	if err != nil {
		return err
	}
	r := merchantReport{a.String(), e.String(), *found, found.Count(acp.Holds), found.Count(acp.Broken), found.Count(acp.Missed), len(found.Unchecked())}
	if f.json {
		err = printJSON(out, r)
	} else {
		r.print(out)
	}
	return errors.Join(err, r.verdict())
}

// verdict returns the error with its exit code, nil when all that could be checked holds.
func (r *merchantReport) verdict() error {
	switch {
	case r.Broken > 0:
		return verdictError(exitBad, fmt.Sprintf("%d of %d checks found a clause broken", r.Broken, r.Holds+r.Broken+r.NotDone))
	case r.NotChecked > 0:
		return verdictError(exitUnclear, fmt.Sprintf("%s could not be made as things are: the table says what it takes", counted(r.NotChecked, "check")))
	}
	return nil
}

// print prints the report as a table: each clause as the specification has it, and below it what
// was sent for it.
func (r *merchantReport) print(out io.Writer) {
	fmt.Fprintf(out, "\nadapter     %s\nmerchant    %s\nclauses     rfcs/rfc.agentic_checkout.md of the specification, by section\n", r.Adapter, r.API)
	var clause acp.Clause
	for _, f := range r.Findings {
		if f.Clause != clause {
			clause = f.Clause
			fmt.Fprintf(out, "\n%s  %s\n", clause.Section, clause.Text)
		}
		fmt.Fprintf(out, "  %-12s%s\n", f.Verdict, f.Name)
		printFindingRow(out, "sent", f.Sent)
		printFindingRow(out, "came", f.Came)
		printFindingRow(out, "why", f.Why)
	}
	fmt.Fprintf(out, "\n%s: %d hold, %d broken, %d not done (SHOULD), %d not checked that could be.\n", counted(len(r.Findings), "check"), r.Holds, r.Broken, r.NotDone, r.NotChecked)
}

// printFindingRow prints a row below a finding, nothing when its value is empty.
func printFindingRow(out io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(out, "  %-12s  %-12s%s\n", "", name, printable.Line(value))
	}
}
