// Command sagalab finds out, from a notebook, whether a saga-pattern purchase
// API holds up under load and retries. Run it from a checkout:
//
//	go run ./pkg/cmd/sagalab run     execute the notebook, write a page of it
//	go run ./pkg/cmd/sagalab lab     the same in JupyterLab, to explore
//	go run ./pkg/cmd/sagalab serve   the reference purchase service alone
//	go run ./pkg/cmd/sagalab setup   what run and lab need, once
//	go run ./pkg/cmd/sagalab load    stages from the shell, against any service
//	go run ./pkg/cmd/sagalab worker  join a fleet, for load from many machines
//	go run ./pkg/cmd/sagalab fleet   list the workers of a fleet
//	go run ./pkg/cmd/sagalab migrate make database tables as their owner
//	go run ./pkg/cmd/sagalab health  check once whether a service is healthy
//	go run ./pkg/cmd/sagalab api     describe a service of your own in a file
//	go run ./pkg/cmd/sagalab audit   judge a stored run
//	go run ./pkg/cmd/sagalab search  the smallest fault that breaks a rule
//	go run ./pkg/cmd/sagalab traces  export a run to OpenTelemetry
//	go run ./pkg/cmd/sagalab runs    list stored runs, show one, compare two
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/jupyter"
	"sagalab/pkg/internal/netlog"
	"sagalab/pkg/internal/provenance"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	netlog.Quiet()
	out := &stdoutWriter{out: os.Stdout}
	err := command(out, os.Stderr).ExecuteContext(ctx)
	os.Exit(exit(ctx, shown(os.Stderr), errors.Join(err, out.failure())))
}

// command returns the command line, which writes results to out and progress to log.
func command(out, log io.Writer) *cobra.Command {
	out, log = shown(out), shown(log)
	root := &cobra.Command{
		Use:     "sagalab",
		Version: provenance.Version,
		Short:   "Test a saga-pattern purchase API under load, retries and faults, from notebooks",
		Long: "Find out whether a saga-pattern purchase API holds up under load, retries and faults, from notebooks and from the shell.\n\n" +
			exitHelp(),
		// an error is one sentence; a page of usage would hide it
		SilenceUsage: true, SilenceErrors: true,
		PersistentPreRunE: func(c *cobra.Command, _ []string) error {
			noteSecrets(c)
			return checkRenamedFlags(log, c)
		},
	}
	cobra.AddTemplateFunc("build", func() string { return provenance.Here().Build() }) // asked for only when it is printed
	root.SetVersionTemplate("sagalab {{build}}\n")
	root.SetOut(out)
	root.SetErr(log)
	root.SetFlagErrorFunc(refuseFlag)
	root.AddCommand(runCommand(out, log), labCommand(out, log), serveCommand(log), setupCommand(log),
		loadCommand(out, log), workerCommand(log), fleetCommand(out), relayCommand(out, log), auditCommand(out), runsCommand(out))
	root.AddCommand(migrateCommand(out, log), healthCommand(out), apiCommand(out, log), searchCommand(out, log), adviseCommand(out, log), tracesCommand(out, log))
	return root
}

func setupCommand(log io.Writer) *cobra.Command {
	var noApt bool
	c := &cobra.Command{
		Use:   "setup",
		Short: "Install JupyterLab and the Go kernel in .sagalab, as run and lab do when needed",
		Args:  atMost(0),
		RunE: func(c *cobra.Command, _ []string) error {
			l, err := checkoutLab()
			if err != nil {
				return err
			}
			if err := l.SetUp(c.Context(), jupyter.Setup{Explore: true, NoApt: noApt, Progress: log}); err != nil {
				return err
			}
			fmt.Fprintln(log, "Everything is set up.")
			return nil
		},
	}
	noAptFlag(c, &noApt)
	return c
}

// noAptFlag adds --no-apt to a command that may install Jupyter.
func noAptFlag(c *cobra.Command, noApt *bool) {
	c.Flags().BoolVar(noApt, "no-apt", false, "do not install Debian packages when PyPI is out of reach (also SAGALAB_APT=no)")
}
