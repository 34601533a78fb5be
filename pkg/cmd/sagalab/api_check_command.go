package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/adapters"
	"sagalab/pkg/internal/acp"
	"sagalab/pkg/internal/redact"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// apiCheckFlags are the flags of api check.
type apiCheckFlags struct {
	serviceFlags
	one     purchase.Request
	refused int64 // the quantity that is to be refused
	timeout time.Duration
	json    bool
}

func apiCheckCommand(out, log io.Writer) *cobra.Command {
	f := apiCheckFlags{one: purchase.Request{UserID: 1, ProductID: 1, Quantity: 1}}
	c := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Try out a file that describes a service: buys, and says what was understood",
		Long: `Try out a file that describes a service. This buys: one purchase, one that is to be refused, a repeat of the first under its
key, and two at once under one key. Then each state that the file has is read. A table shows what was sent, what came and what
was understood, and which rules of the audit that makes answerable; of a purchase that takes several requests, each of them.

The exit code is 0 when all was understood, 1 when something was not, or contradicts something else, and 3 when the check could
not be done: the file is wrong, or the service is out of reach.

With --adapter acp, or a file with its settings, it checks a merchant of the Agentic Commerce Protocol: it asks for each clause of
section 6 of the specification, on idempotency keys, and creates and completes some hundred checkouts. The exit code is 0 when all
hold, 1 when one is broken, and 2 when none is, but one that could be checked was not: the table says what it takes. A SHOULD that
is not done, and what no client can find out, count for neither.`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 && f.adapterFile == "" {
				return fmt.Errorf("which file? `sagalab api new FILE` writes an example; see `%s --help`", c.CommandPath())
			}
			return atMost(1)(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			if f.one.PaymentMethodID == 0 {
				f.one.PaymentMethodID = f.one.UserID
			}
			path, err := f.path(args)
			if err != nil {
				return err
			}
			return f.check(c.Context(), out, log, path)
		},
	}
	f.serviceFlags.flags(c)
	f.serviceFlags.adapterFlag(c)
	c.Flag("adapter").Usage = "the file, in place of an argument; or acp, the Agentic Commerce Protocol"
	c.Flag("api").Usage = "address of the service that is bought from, such as http://127.0.0.1:8000 (default: SAGALAB_API)"
	flags := c.Flags()
	flags.Var((*idFlag)(&f.one.UserID), "user", "the user who buys")
	flags.Var((*idFlag)(&f.one.ProductID), "product", "the product that is bought")
	flags.Int64Var(&f.one.Quantity, "quantity", 1, "how many of it")
	flags.Var((*idFlag)(&f.one.PaymentMethodID), "payment-method", "the payment method (default: the user's id)")
	flags.Int64Var(&f.refused, "refused-quantity", 1_000_000_000, "a quantity that the service refuses; 0 leaves that purchase out")
	flags.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long one request may take")
	flags.BoolVar(&f.json, "json", false, "print what was found as one JSON document; all else goes to stderr")
	return c
}

// path returns the path of the file, as an argument or as --adapter.
func (f apiCheckFlags) path(args []string) (string, error) {
	switch {
	case len(args) == 0:
		return f.adapterFile, nil
	case f.adapterFile != "" && f.adapterFile != args[0]:
		return "", fmt.Errorf("which file, %s or %s? Give it once: as an argument, or as --adapter", args[0], f.adapterFile)
	}
	return args[0], nil
}

// check tries out the file at path.
func (f apiCheckFlags) check(ctx context.Context, out, log io.Writer, path string) error {
	e, given, endpointErr := f.endpoint()
	if !given {
		endpointErr = errors.New("give --api with the address of the service that is bought from")
	}
	opened, fileErr := openAdapter(path)
	connection, connectionErr := f.connection()
	invalid := f.one.Validate()
	if f.refused < 0 {
		invalid = errors.Join(invalid, fmt.Errorf("--refused-quantity is %d, want 0 or more", f.refused))
	}
	if f.timeout <= 0 {
		invalid = errors.Join(invalid, fmt.Errorf("--timeout is %v, want more than 0", f.timeout))
	}
	if err := errors.Join(fileErr, endpointErr, connectionErr, invalid); err != nil {
		return err
	}
	if merchant, is := opened.(*acp.Adapter); is {
		return f.checkMerchant(ctx, out, log, merchant, e, connection)
	}
	c, err := newAPICheck(opened.(*adapters.File), path, e, connection, f)
	if err != nil {
		return err
	}
	defer c.close()
	said := out
	if f.json {
		said = log
	}
	if err := slowly(log, slowAfter, "api check", func() error { return c.reach(ctx) }); err != nil {
		return err
	}
	fmt.Fprintf(said, "This buys from %s as %s says: %d of product %v for user %v, several times. What the service does about it stays done.\n", e, filepath.Base(path), f.one.Quantity, f.one.ProductID, f.one.UserID)
	if err := slowly(log, slowAfter, "api check", func() error { return c.run(ctx) }); err != nil {
		return err
	}
	report := c.report
	if f.json {
		err = printJSON(out, report)
	} else {
		report.print(out)
	}
	return errors.Join(err, report.verdict())
}

// newAPICheck returns a check of a file that sends through a client of its own: one attempt
// for each purchase, so that each answer is seen.
func newAPICheck(file *adapters.File, path string, e purchase.Endpoint, connection retry.Config, f apiCheckFlags) (*apiCheck, error) {
	connection.Policy = retry.Policy{MaxAttempts: 1, AttemptTimeout: f.timeout}
	connection.Connections, connection.BodyLimit = 2, 32<<20
	hidden, secrets := file.Vars(), []string(nil)
	for name, value := range hidden {
		if isSecret(value) {
			hidden[name], secrets = "SECRET", append(secrets, value)
		}
	}
	connection.Secrets = secrets
	sender, err := retry.New(connection)
	if err != nil {
		return nil, err
	}
	c := &apiCheck{file: file, sender: sender, client: purchase.NewClient(e, sender).WithAdapter(file), flags: f, offers: file.Offers()}
	c.report = apiReport{Adapter: file.String(), File: path, API: e.String(), Hints: file.Hints(), Steps: []apiStep{}, Reads: []apiRead{}}
	c.shown, _ = adapters.Parse(file.String(), []byte(file.Contents()), hidden) // nil where a number is wanted
	return c, nil
}

// isSecret reports whether the value of a variable is hidden in what the check prints: not
// when it is the address of a service, or too short to be found in a text.
func isSecret(value string) bool { return len(value) >= redact.MinSecret && !redact.IsOrigin(value) }
