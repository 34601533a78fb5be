package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Sections are the parts of a run, in their order.
var Sections = []string{"closed", "heavy", "stall", "hidden", "growth", "go"}

// Options configure a run.
type Options struct {
	// Root is the directory of the checkout.
	Root string
	// Program is a built sagalab; "" builds the checkout's.
	Program string
	// Rounds is how often every comparison is made, 1 to 100.
	Rounds int
	// Only names the Sections to run; none means all.
	Only []string
	// Tools names what is measured beside sagalab and the baseline; nil means all, empty none.
	Tools []string
	// Quick makes every number small, to see that everything works. Its figures mean nothing.
	Quick bool
	// Dir is where the figure is written.
	Dir string
	// Timeout bounds every single execution; 0 means 10 minutes.
	Timeout time.Duration
	// Against is a file of Ratios that the closed loop is compared with, Save one that its ratios are written to; "" does neither. Both need
	// at least 3 rounds. Margin is how much worse a ratio may be, such as 0.1 for 10 %.
	Against, Save string
	Margin        float64
	// Out gets the tables, Log the progress.
	Out, Log io.Writer
}

// Validate reports everything that is wrong with o at once.
func (o Options) Validate() error {
	var errs []error
	if o.Rounds < 1 || o.Rounds > 100 {
		errs = append(errs, fmt.Errorf("rounds is %d, want 1 to 100", o.Rounds))
	}
	for _, s := range o.Only {
		if !slices.Contains(Sections, s) {
			errs = append(errs, fmt.Errorf("no section %q, want some of %s", s, strings.Join(Sections, ", ")))
		}
	}
	for _, c := range o.Tools {
		if !slices.Contains(peers, c) {
			errs = append(errs, fmt.Errorf("no tool %q, want some of %s", c, strings.Join(peers, ", ")))
		}
	}
	if o.Timeout < 0 {
		errs = append(errs, fmt.Errorf("the timeout is %v, want more than 0", o.Timeout))
	}
	if o.Against != "" || o.Save != "" {
		if len(o.Only) > 0 && !slices.Contains(o.Only, "closed") {
			errs = append(errs, errors.New("ratios are of the closed loop, which is not among the sections"))
		}
		if o.Rounds < minRounds {
			errs = append(errs, fmt.Errorf("ratios need at least %d rounds", minRounds))
		}
		if !(o.Margin >= 0) {
			errs = append(errs, fmt.Errorf("the margin is %v, want at least 0", o.Margin))
		}
	}
	return errors.Join(errs...)
}

// Bench is a run under way.
type Bench struct {
	Options
	Report Report

	size       sizes
	host       *serverProcess
	scratch    string
	tools      []tool
	vegetaRate map[int]float64 // requests a second that vegeta reached last, by virtual users
}

// Report is what a run found: the tables as data.
type Report struct {
	Started time.Time `json:"started"`
	Machine Machine   `json:"machine"`
	// Absent says why tools were not measured, K6 which k6 was on the PATH.
	Absent []string `json:"absent"`
	K6     string   `json:"k6,omitempty"`
	// Failed says what could not be measured, and why.
	Failed []string     `json:"failed"`
	Closed []Comparison `json:"closed"`
	Heavy  []Comparison `json:"heavy"`
	Stall  []Accuracy   `json:"stall"`
	Hidden []Accuracy   `json:"hidden"`
	Growth []Point      `json:"growth"`
	Go     []GoFigure   `json:"go"`
	Goals  []Goal       `json:"reach"`
	// Changes compare the closed loop with stored ratios.
	Changes []Change `json:"changes,omitempty"`
}

// Run measures what o asks for and prints it. The report contains what was measured also when there is an error. The error wraps ErrSlower
// when a ratio is worse than in o.Against.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Minute
	}
	b := &Bench{Options: o, size: fullSizes(), vegetaRate: map[int]float64{}, Report: Report{Started: time.Now(), Machine: machine()}}
	if o.Quick {
		b.size = quickSizes()
	}
	err := b.run(ctx)
	return b.Report, err
}

func (b *Bench) run(ctx context.Context) (err error) {
	var stored Ratios
	if b.Against != "" { // before anything takes its time
		if stored, err = ReadRatios(b.Against); err != nil {
			return err
		}
	}
	if b.scratch, err = os.MkdirTemp("", "sagalab-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.scratch)
	fmt.Fprintln(b.Out, b.Report.Machine)
	if b.wants("closed", "heavy", "stall", "hidden", "growth") {
		if err := b.setUpTools(ctx); err != nil {
			return err
		}
		if b.host, err = startHost(ctx); err != nil {
			return err
		}
		defer func() {
			if ended := b.host.end(); ctx.Err() == nil { // else it was stopped, too
				err = errors.Join(err, ended)
			}
		}()
	}
	for name, section := range b.sections {
		if !b.wants(name) {
			continue
		}
		if err := section(ctx); err != nil {
			return fmt.Errorf("section %s: %w", name, err)
		}
	}
	b.printGoals()
	if b.Save != "" {
		err = b.Report.Ratios().Write(b.Save)
		if b.Report.Machine.busy() {
			fmt.Fprintf(b.Out, "\nThe ratios in %s are noisy: other work was running (load average %s). Store them again on an idle machine.\n", b.Save, b.Report.Machine.Load)
		}
	}
	if b.Against != "" {
		err = errors.Join(err, b.againstStored(stored))
	}
	return err
}

// sections yields each section with its name, in their order.
func (b *Bench) sections(yield func(string, func(context.Context) error) bool) {
	parts := map[string]func(context.Context) error{
		"closed": b.closed, "heavy": b.heavy, "stall": b.stall, "hidden": b.hidden, "growth": b.growth, "go": b.goBenchmarks,
	}
	for _, name := range Sections {
		if !yield(name, parts[name]) {
			return
		}
	}
}

// wants reports whether any of these sections is to be run.
func (b *Bench) wants(names ...string) bool {
	return len(b.Only) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(b.Only, n) })
}

// sizes are how much is measured.
type sizes struct {
	closed         int // requests
	closedVUs      []int
	heavy          int
	heavyVUs       int
	stall          Stall
	stallRate      int
	stallSpan      time.Duration
	hidden         int
	hiddenVUs      int
	hiddenFraction float64
	growthRequests []int // by 50 virtual users
	growthVUs      []int
	growthFixed    int // requests, where the number of virtual users varies
	goQuick        bool
}

func fullSizes() sizes {
	return sizes{
		closed: 100_000, closedVUs: []int{50, 200},
		heavy: 1000, heavyVUs: 200,
		stall: Stall{Every: 5 * time.Second, For: time.Second}, stallRate: 500, stallSpan: 20 * time.Second,
		hidden: 600, hiddenVUs: 10, hiddenFraction: .1,
		growthRequests: []int{1_000, 10_000, 100_000, 1_000_000}, growthVUs: []int{1, 10, 50, 200, 1000, 2000}, growthFixed: 50_000,
	}
}

func quickSizes() sizes {
	return sizes{
		closed: 1000, closedVUs: []int{10},
		heavy: 200, heavyVUs: 50,
		stall: Stall{Every: time.Second, For: 200 * time.Millisecond}, stallRate: 200, stallSpan: 2 * time.Second,
		hidden: 200, hiddenVUs: 5, hiddenFraction: .1,
		growthRequests: []int{100, 1000}, growthVUs: []int{1, 10}, growthFixed: 500,
		goQuick: true,
	}
}

// rounds runs a job with every tool in turn, n times, each round beginning
// with the next tool. A tool that fails is left out from then on, and reported.
func (b *Bench) rounds(ctx context.Context, n int, what string, tools []tool, j job, p Plan) ([]Measurement, error) {
	var all []Measurement
	out := map[string]bool{}
	for round := range n {
		for i := range tools {
			t := tools[(i+round)%len(tools)]
			if out[t.name] {
				continue
			}
			part := j
			part.requests = max(j.requests/max(t.divisor, 1), min(j.requests, j.vus))
			fmt.Fprintf(b.Log, "%s, round %d of %d: %s\n", what, round+1, n, t.name)
			m, err := b.measure(ctx, t, part, p)
			if cause := context.Cause(ctx); cause != nil {
				return all, cause
			}
			if err != nil {
				out[t.name] = true
				b.fail(what, t.name, err)
				continue
			}
			all = append(all, m)
		}
	}
	return all, nil
}

// fail reports what could not be measured; the other tools go on.
func (b *Bench) fail(what, name string, err error) {
	text := fmt.Sprintf("%s: %s is left out: %v", what, name, err)
	b.Report.Failed = append(b.Report.Failed, text)
	fmt.Fprintln(b.Out, text)
}

// measurementsOf returns the measurements of one tool.
func measurementsOf(all []Measurement, name string) []Measurement {
	var mine []Measurement
	for _, m := range all {
		if m.Tool == name {
			mine = append(mine, m)
		}
	}
	return mine
}
