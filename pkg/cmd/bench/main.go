// Command bench measures sagalab beside hey, vegeta, k6, net/http and the Python cell that it replaces, in one run:
//
//	go run ./pkg/cmd/bench                        everything, about 30 minutes
//	go run ./pkg/cmd/bench --only closed,stall    some of it
//	go run ./pkg/cmd/bench --quick                a minute, to see that it works
//	go run ./pkg/cmd/bench --only closed --against pkg/internal/bench/ratios.json
//
// The last one compares sagalab's ratios to net/http with stored ones, and ends with 1 when one is worse. The first start builds hey and
// vegeta in .sagalab/peers, which needs a network. k6 is measured when it is on the PATH. All load stays on this machine's loopback.
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
	"slices"
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
	tools := flags.String("tools", "all", "what is measured beside sagalab and net/http: all, none, or names separated by commas")
	file := flags.String("json", "", "file to write the report to, as JSON")
	flags.IntVar(&o.Rounds, "rounds", 3, "interleaved rounds of each comparison, whose medians count")
	flags.BoolVar(&o.Quick, "quick", false, "small numbers: to see that it works, not to measure")
	flags.StringVar(&o.Program, "program", "", "a built sagalab (default: the checkout's is built)")
	flags.StringVar(&o.Dir, "dir", "", "directory for the figure (default: .sagalab/bench)")
	flags.DurationVar(&o.Timeout, "timeout", 10*time.Minute, "bound of each single execution")
	flags.StringVar(&o.Save, "save", "", "file to write the closed loop's ratios to net/http to")
	flags.StringVar(&o.Against, "against", "", "file of stored ratios to compare those of the closed loop with; the exit code is 1 when one is slower")
	margin := flags.Float64("margin", 10, "percent by which a ratio may be worse than the one in --against")
	if err := flags.Parse(renameFlags(args, log)); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q: bench takes flags only", flags.Arg(0))
	}
	root, err := jupyter.FindRoot(".")
	if err != nil {
		return err
	}
	o.Root, o.Only, o.Margin = root, list(*only), *margin/100
	if *tools != "all" {
		o.Tools = list(strings.TrimPrefix(*tools, "none"))
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

// renamed are flags by the names that they had before.
var renamed = map[string]string{"contenders": "tools", "patience": "timeout"}

// renameFlags replaces flags' former names, and reports each to log.
func renameFlags(args []string, log io.Writer) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		name, value, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if now := renamed[name]; now != "" && strings.HasPrefix(arg, "-") {
			fmt.Fprintf(log, "bench: --%s is now --%s\n", name, now)
			args[i] = "--" + now
			if value != "" {
				args[i] += "=" + value
			}
		}
	}
	return args
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
