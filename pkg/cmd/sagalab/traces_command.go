package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/redact"
	"sagalab/pkg/internal/traces"
	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// tracesFlags are the flags of traces.
type tracesFlags struct {
	stage      string
	otlp       string
	out        string
	slowest    int
	allowHosts []string
	tls        retry.TLSFiles
}

func tracesCommand(out, log io.Writer) *cobra.Command {
	var f tracesFlags
	c := &cobra.Command{
		Use:   "traces RUN",
		Short: "Export a run as traces, to a collector or a file",
		Long: `Export a recorded run as traces of OpenTelemetry: one for each purchase, with a span for the purchase and one of kind
client for each request. Waits are the gaps between them. Of each stage and case the newest execution is exported.

The ids are calculated from the run. Those of a run that was recorded with --traceparent were sent with its requests, so
that the spans of the service appear below them; of other runs they are the same at each export, too.

--otlp sends by OTLP/HTTP with protobuf, to this machine only unless another host is allowed; headers that a collector needs
are read from OTEL_EXPORTER_OTLP_HEADERS. --out writes OTLP's JSON, one request a line, which the collector's
otlpjsonfile receiver reads. --slowest prints the ids of the slowest purchases, to look them up in your tracing, and exports nothing.

` + runNaming + `

The exit code is 0 when all spans were exported, 3 when a flag is wrong, there is no such run or stage, a file of it is
damaged, the collector is out of reach, or it rejected spans; 130 when the export was interrupted.`,
		Args: oneRun,
		RunE: func(c *cobra.Command, args []string) error {
			flagSecrets = append(flagSecrets, exporterSecrets()...)
			return f.export(c.Context(), out, log, args[0])
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.stage, "stage", "", "export this stage or case alone (default: all of the run)")
	flags.StringVar(&f.otlp, "otlp", "", "address of a collector's OTLP/HTTP receiver, such as http://127.0.0.1:4318")
	flags.StringVar(&f.out, "out", "", "file for the traces, which must not exist")
	flags.IntVar(&f.slowest, "slowest", 0, "print so many of the slowest purchases of each stage with the ids of their traces, and export nothing")
	flags.StringSliceVar(&f.allowHosts, "allow-host", splitHosts(os.Getenv("SAGALAB_ALLOW_HOST")), "a host other than this machine that traces may be sent to: HOST (any port), HOST:PORT or SCHEME://HOST[:PORT]")
	tlsFlags(c, &f.tls)
	return c
}

// exporterSecrets returns the values of OTEL_EXPORTER_OTLP_HEADERS and its kin as entries for flagSecrets.
func exporterSecrets() (list []string) {
	for _, name := range []string{"OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"} {
		for header := range strings.SplitSeq(os.Getenv(name), ",") {
			if _, value, ok := strings.Cut(header, "="); ok {
				if plain, err := url.PathUnescape(value); err == nil {
					value = plain
				}
				list = append(list, "SAGALAB_AUTHORIZATION="+strings.TrimSpace(value))
			}
		}
	}
	return list
}

// export exports a run.
func (f tracesFlags) export(ctx context.Context, out, log io.Writer, name string) (err error) {
	defer runs.CatchDamage(&err)
	to, err := f.collector()
	if err != nil {
		return err
	}
	run, stages, err := f.find(name)
	if err != nil {
		return err
	}
	if f.slowest > 0 {
		return printSlowest(out, log, run, stages, f.slowest)
	}
	redacted := redact.Environment(flagSecrets...).String
	if f.out != "" {
		return f.toFile(ctx, out, log, run, stages, redacted)
	}
	e, err := traces.ToCollector(run, redacted, to)
	if err != nil {
		return err
	}
	counts, err := exportStages(ctx, log, e, stages)
	switch {
	case err != nil && (ctx.Err() != nil || errors.As(err, new(*runs.DamageError))):
		return fmt.Errorf("%w; %s were sent before to %s", err, counted(counts.Spans, "span"), to.URL())
	case err != nil:
		return fmt.Errorf("the collector at %s: %w; %s were sent before: start a collector with an OTLP/HTTP receiver there, or correct --otlp", to.URL(), err, counted(counts.Spans, "span"))
	case counts.Rejected > 0:
		return fmt.Errorf("the collector at %s rejected %d of %s: %s", to.URL(), counts.Rejected, counted(counts.Spans, "span"), orElse(counts.Message, "it gave no reason"))
	case counts.Message != "":
		fmt.Fprintf(log, "The collector at %s: %s\n", to.URL(), counts.Message)
	}
	fmt.Fprintf(out, "%s of %s of run %s sent to %s\n", counted(counts.Spans, "span"), counted(counts.Operations, "purchase"), run.ID, to.URL())
	return nil
}

// collector validates where the traces go to. It is the zero value for a file.
func (f tracesFlags) collector() (to traces.Collector, err error) {
	switch {
	case f.slowest < 0 || f.slowest > maxSlowest:
		return to, fmt.Errorf("--slowest is %d, want 1 to %d", f.slowest, maxSlowest)
	case f.slowest > 0 && (f.otlp != "" || f.out != ""):
		return to, errors.New("--slowest exports nothing: leave --otlp and --out out")
	case f.slowest > 0:
		return to, nil
	case f.otlp == "" && f.out == "":
		return to, errors.New("where to? give --otlp with the address of a collector, such as http://127.0.0.1:4318, or --out with a file; or --slowest to print ids")
	case f.otlp != "" && f.out != "":
		return to, errors.New("--otlp and --out exclude each other: export twice")
	case f.out != "":
		if _, err := os.Lstat(f.out); err == nil {
			return to, fmt.Errorf("--out: %w", existsError(f.out))
		}
		return to, nil
	}
	to, err = traces.ParseCollector(f.otlp, f.allowHosts...)
	if errors.Is(err, purchase.ErrNotAllowed) {
		err = fmt.Errorf("%w, with --allow-host or SAGALAB_ALLOW_HOST", err)
	}
	if err != nil {
		return to, fmt.Errorf("--otlp: %w", err)
	}
	to.TLS, err = fromEnvironment(f.tls).Config()
	return to, err
}

// existsError returns the error for a file that exists.
func existsError(path string) error {
	return fmt.Errorf("%s exists: name another file, or remove it", path)
}

// find returns the run, and its cases and stages that are to be exported.
func (f tracesFlags) find(name string) (runs.Run, []runs.Stage, error) {
	store, err := runsStore()
	if err != nil {
		return runs.Run{}, nil, err
	}
	run, err := store.Find(name)
	if err != nil {
		return run, nil, err
	}
	cases, err := run.OpenCases()
	if err != nil {
		return run, nil, err
	}
	var only []string
	if f.stage != "" {
		only = append(only, f.stage)
	}
	stages, err := run.OpenStages(only...)
	if err != nil {
		return run, nil, err
	}
	for i := len(cases) - 1; i >= 0; i-- {
		if f.stage == "" || cases[i].Stage == f.stage {
			stages = append([]runs.Stage{cases[i]}, stages...)
		}
	}
	n := 0
	for _, s := range stages {
		n += s.OperationCount()
	}
	switch {
	case len(stages) == 0 && f.stage != "":
		return run, nil, f.noStage(run)
	case n == 0:
		return run, nil, fmt.Errorf("run %s has no purchases to export: record some with `sagalab load`", run.ID)
	}
	return run, stages, nil
}

// noStage returns the error for a stage that the run does not have, with the names of those that it has.
func (f tracesFlags) noStage(run runs.Run) error {
	entries, err := run.Entries()
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		if !slices.Contains(names, e.Stage) {
			names = append(names, e.Stage)
		}
	}
	return fmt.Errorf("run %s has no stage %q, only %s", run.ID, f.stage, orElse(strings.Join(names, ", "), "none"))
}

// maxSlowest is the most purchases of a stage that printSlowest prints.
const maxSlowest = 1000

// printSlowest prints the n slowest purchases of each stage, the slowest first, with the ids of their traces.
func printSlowest(out, log io.Writer, run runs.Run, stages []runs.Stage, n int) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "stage\toperation\tlatency ms\tattempts\toutcome\ttrace")
	for _, s := range stages {
		noteTraces(log, s)
		var slowest []runs.Operation // in descending order
		for o := range s.EachOperation("index", "latency_ms", "attempts", "outcome") {
			at, _ := slices.BinarySearchFunc(slowest, o, func(a runs.Operation, b *runs.Operation) int { return cmp.Compare(b.LatencyMS, a.LatencyMS) })
			if at < n {
				slowest = slices.Insert(slowest, at, *o)
				slowest = slowest[:min(len(slowest), n)]
			}
		}
		for _, o := range slowest {
			fmt.Fprintf(t, "%s\t%d\t%s\t%d\t%s\t%s\n", s.Stage, o.Index, load.FormatNumber(o.LatencyMS), o.Attempts, o.Outcome, traces.TraceID(run, s, o.Index))
		}
	}
	return t.Flush()
}

// exportStages exports stages, after what is to be known of each.
func exportStages(ctx context.Context, log io.Writer, e *traces.Exporter, stages []runs.Stage) (traces.Counts, error) {
	for _, s := range stages {
		noteTraces(log, s)
		if err := e.Export(ctx, s); err != nil {
			return e.Counts(), err
		}
	}
	err := e.Flush(ctx)
	return e.Counts(), err
}

// noteTraces writes what the traces of a stage lack.
func noteTraces(log io.Writer, s runs.Stage) {
	if !s.Traceparent {
		fmt.Fprintf(log, "%s: its ids were not sent with its requests, so that the service has no spans under them; record it with --traceparent\n", s.Stage)
	}
	if s.State == runs.Running {
		fmt.Fprintf(log, "%s: it is still running; what is recorded later is not exported\n", s.Stage)
	}
	if lost := s.Lost(); lost > 0 {
		fmt.Fprintf(log, "%s: %s lost with a worker and not exported\n", s.Stage, were(lost, "purchase"))
	}
	if s.Damage != nil {
		fmt.Fprintf(log, "%s: %s\n", s.Stage, s.Damage)
	}
}

// were writes that a number of things were: "1 purchase was", "2 purchases were".
func were(n int, thing string) string {
	if n == 1 {
		return counted(n, thing) + " was"
	}
	return counted(n, thing) + " were"
}

// toFile exports stages to a new file. It is removed when that fails.
func (f tracesFlags) toFile(ctx context.Context, out, log io.Writer, run runs.Run, stages []runs.Stage, redacted func(string) string) error {
	file, err := os.OpenFile(f.out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		err = existsError(f.out)
	}
	if err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	buffer := bufio.NewWriterSize(file, 1<<20)
	e, err := traces.ToFile(run, redacted, buffer)
	var counts traces.Counts
	if err == nil {
		counts, err = exportStages(ctx, log, e, stages)
	}
	if err == nil { // a buffer returns an earlier error of its file again
		err = buffer.Flush()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(fmt.Errorf("%w; %s was not written", err, f.out), os.Remove(f.out))
	}
	fmt.Fprintf(out, "%s of %s of run %s in %s\n", counted(counts.Spans, "span"), counted(counts.Operations, "purchase"), run.ID, f.out)
	return nil
}
