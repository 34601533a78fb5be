// Command bench measures sagalab beside its peers (hey, vegeta, k6, net/http and
// the Python cell that it replaces) in one run, and prints how far it reaches:
//
//	go run ./pkg/cmd/bench                        everything, about 30 minutes
//	go run ./pkg/cmd/bench --only closed,stall    some of it
//	go run ./pkg/cmd/bench --quick                a minute, to see that it works
//
// The first start builds the peers in .sagalab/peers, which needs a network and
// takes minutes. All load stays on this machine's loopback.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"sagalab/pkg/internal/bench"
	"sagalab/pkg/internal/jupyter"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := bench.Role(ctx, os.Args[1:], os.Stdin, os.Stdout)
	if !ok {
		err = run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run is the command line.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	o := bench.Options{Out: out, Log: log}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(log)
	only := flags.String("only", "", "sections to run, of "+strings.Join(bench.Sections, ",")+" (default: all)")
	contenders := flags.String("contenders", "all", "who takes part beside sagalab and net/http: all, none, or names separated by commas")
	file := flags.String("json", "", "file to write everything that was found to, as JSON")
	flags.IntVar(&o.Rounds, "rounds", 3, "interleaved rounds of each comparison, whose medians count")
	flags.BoolVar(&o.Quick, "quick", false, "small numbers: to see that it works, not to measure")
	flags.StringVar(&o.Program, "program", "", "a built sagalab (default: the checkout's is built)")
	flags.StringVar(&o.Dir, "dir", "", "directory of the figure (default: .sagalab/bench)")
	flags.DurationVar(&o.Patience, "patience", 10*time.Minute, "bound of each single execution")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q: bench takes flags only", flags.Arg(0))
	}
	root, err := jupyter.FindRoot(".")
	if err != nil {
		return err
	}
	o.Root, o.Only = root, list(*only)
	if *contenders != "all" {
		o.Contenders = list(strings.TrimPrefix(*contenders, "none"))
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(root, ".sagalab", "bench")
	}
	report, err := bench.Run(ctx, o)
	if *file == "" || report.Started.IsZero() {
		return err
	}
	return errors.Join(err, write(*file, report))
}

// list splits at commas; it is never nil.
func list(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' })
}

func write(path string, report bench.Report) error {
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(text, '\n'), 0o644)
}
