package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"sagalab/pkg/audit"
	"sagalab/pkg/observe"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// exitCode is an error that ends the program with a code of its own.
type exitCode struct {
	code int
	error
}

// auditFlags is how a run is judged.
type auditFlags struct {
	json   bool
	settle time.Duration
	maps   []string
}

func (f *auditFlags) flags(c *cobra.Command) {
	c.Flags().BoolVar(&f.json, "json", false, "print the audit as JSON")
	c.Flags().DurationVar(&f.settle, "settle", audit.DefaultSettle, "how long an order may stay pending after the last reply")
	c.Flags().StringArrayVar(&f.maps, "answer", nil, "what an answer of your service means, as CODE=MEANING such as sold_out=no_stock or http_410=no_stock; may be given again")
}

// options reads the meanings.
func (f auditFlags) options() (audit.Options, error) {
	o := audit.Options{Settle: f.settle, Answers: map[string]audit.Meaning{}}
	var faults []error
	if f.settle <= 0 {
		faults = append(faults, fmt.Errorf("--settle is %v, want more than 0", f.settle))
	}
	for _, m := range f.maps {
		code, word, ok := strings.Cut(m, "=")
		meaning, err := audit.ParseMeaning(word)
		if !ok || code == "" {
			err = errors.New("want CODE=MEANING")
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("--answer %q: %w", m, err))
		}
		o.Answers[code] = meaning
	}
	return o, errors.Join(faults...)
}

func auditCommand(out io.Writer) *cobra.Command {
	var s service
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit RUN",
		Short: "Judge a stored run: exit 0 all holds, 1 a rule is violated, 2 could not judge",
		Args:  cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			err := auditRun(c.Context(), out, s, f, args)
			var code exitCode
			if err != nil && !errors.As(err, &code) {
				err = exitCode{audit.ExitUnknown, err}
			}
			return err
		},
	}
	s.flags(c)
	f.flags(c)
	return c
}

func auditRun(ctx context.Context, out io.Writer, s service, f auditFlags, args []string) error {
	if len(args) == 0 {
		return errors.New("which run? `sagalab audit RUN`, with an id such as 20260102-150405 from .sagalab/runs")
	}
	if _, err := f.options(); err != nil {
		return err
	}
	store, err := storeHere()
	if err != nil {
		return err
	}
	run, err := store.Open(args[0])
	if err != nil {
		return err
	}
	if s.api == "" {
		s.api = run.API
	}
	endpoint, _, err := s.endpoint()
	if err != nil {
		return err
	}
	connection, err := s.connection()
	if err != nil {
		return err
	}
	reader, release, err := observe.NewClient(endpoint, connection)
	if err != nil {
		return err
	}
	defer release()
	return judge(ctx, out, reader, run, f, false)
}

// judge prints the audit and returns its exit code as an error, nil when all
// holds. now is as in observe.Evidence.
func judge(ctx context.Context, out io.Writer, c *purchase.Client, run runs.Run, f auditFlags, now bool) error {
	options, err := f.options()
	if err != nil {
		return err
	}
	e, err := observe.Evidence(ctx, c, run, options.Settle, now)
	if err != nil {
		return exitCode{audit.ExitUnknown, fmt.Errorf("could not judge: %w", err)}
	}
	report := audit.Judge(e, options)
	if f.json {
		b, err := report.JSON()
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "%s\n", b)
	} else {
		fmt.Fprint(out, report)
	}
	switch code := report.ExitCode(); code {
	case audit.ExitHolds:
		return nil
	case audit.ExitViolated:
		return exitCode{code, errors.New("a rule is violated")}
	default:
		return exitCode{code, errors.New("not everything could be judged")}
	}
}
