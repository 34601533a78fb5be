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

// Options are what a run can be told.
type Options struct {
	// Root is the directory of the checkout.
	Root string
	// Program is a built sagalab; "" builds the checkout's.
	Program string
	// Rounds is how often every comparison is made, 1 to 100.
	Rounds int
	// Only names the Sections to run; none means all.
	Only []string
	// Contenders names who takes part beside sagalab and the yardstick, which
	// always do; nil means all, empty nobody.
	Contenders []string
	// Quick makes every number small: to see that everything works, not to
	// measure anything.
	Quick bool
	// Dir is where the figure goes.
	Dir string
	// Patience bounds every single execution; 0 means 10 minutes.
	Patience time.Duration
	// Out gets the tables, Log what is going on.
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
	for _, c := range o.Contenders {
		if !slices.Contains(peers, c) {
			errs = append(errs, fmt.Errorf("no contender %q, want some of %s", c, strings.Join(peers, ", ")))
		}
	}
	if o.Patience < 0 {
		errs = append(errs, fmt.Errorf("patience is %v, want more than 0", o.Patience))
	}
	return errors.Join(errs...)
}

// Bench is a run under way.
type Bench struct {
	Options
	Report Report

	size    sizes
	host    *host
	scratch string
	tools   []tool
	pace    map[int]float64 // of vegeta, requests a second by workers
}

// Report is what a run found: the tables as data.
type Report struct {
	Started time.Time `json:"started"`
	Machine Machine   `json:"machine"`
	// Absent says why contenders could not take part.
	Absent []string `json:"absent"`
	// Failed says what could not be measured, and why.
	Failed []string     `json:"failed"`
	Closed []Comparison `json:"closed"`
	Heavy  []Comparison `json:"heavy"`
	Stall  []Told       `json:"stall"`
	Hidden []Told       `json:"hidden"`
	Growth []Point      `json:"growth"`
	Go     []GoFigure   `json:"go"`
	Reach  []Line       `json:"reach"`
}

// Run measures what o asks for and prints it. The report is what there is, also
// with an error.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.Validate(); err != nil {
		return Report{}, err
	}
	if o.Patience == 0 {
		o.Patience = 10 * time.Minute
	}
	b := &Bench{Options: o, size: fullSizes(), pace: map[int]float64{}, Report: Report{Started: time.Now(), Machine: machine()}}
	if o.Quick {
		b.size = quickSizes()
	}
	err := b.run(ctx)
	return b.Report, err
}

func (b *Bench) run(ctx context.Context) (err error) {
	if b.scratch, err = os.MkdirTemp("", "sagalab-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.scratch)
	fmt.Fprintln(b.Out, b.Report.Machine)
	if b.wants("closed", "heavy", "stall", "hidden", "growth") {
		if err := b.assemble(ctx); err != nil {
			return err
		}
		if b.host, err = startHost(ctx); err != nil {
			return err
		}
		defer func() {
			if ended := b.host.end(); ctx.Err() == nil { // else it was told to end, too
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
	b.reach()
	return nil
}

// sections yields each section with its name, in their order.
func (b *Bench) sections(yield func(string, func(context.Context) error) bool) {
	parts := map[string]func(context.Context) error{
		"closed": b.closed, "heavy": b.heavy, "stall": b.stall, "hidden": b.hidden, "growth": b.growth, "go": b.goFigures,
	}
	for _, name := range Sections {
		if !yield(name, parts[name]) {
			return
		}
	}
}

// wants says whether any of these sections is asked for.
func (b *Bench) wants(names ...string) bool {
	return len(b.Only) == 0 || slices.ContainsFunc(names, func(n string) bool { return slices.Contains(b.Only, n) })
}

// sizes are how much is measured.
type sizes struct {
	closed         int // requests
	closedWorkers  []int
	heavy          int
	heavyWorkers   int
	stall          Stall
	stallRate      int
	stallSpan      time.Duration
	hidden         int
	hiddenWorkers  int
	hiddenShare    float64
	growthRequests []int // by 50 workers
	growthWorkers  []int
	growthFixed    int // requests, where workers vary
	goQuick        bool
}

func fullSizes() sizes {
	return sizes{
		closed: 100_000, closedWorkers: []int{50, 200},
		heavy: 1000, heavyWorkers: 200,
		stall: Stall{Every: 5 * time.Second, For: time.Second}, stallRate: 500, stallSpan: 20 * time.Second,
		hidden: 600, hiddenWorkers: 10, hiddenShare: .1,
		growthRequests: []int{1_000, 10_000, 100_000, 1_000_000}, growthWorkers: []int{1, 10, 50, 200, 1000, 2000}, growthFixed: 50_000,
	}
}

func quickSizes() sizes {
	return sizes{
		closed: 1000, closedWorkers: []int{10},
		heavy: 200, heavyWorkers: 50,
		stall: Stall{Every: time.Second, For: 200 * time.Millisecond}, stallRate: 200, stallSpan: 2 * time.Second,
		hidden: 200, hiddenWorkers: 5, hiddenShare: .1,
		growthRequests: []int{100, 1000}, growthWorkers: []int{1, 10}, growthFixed: 500,
		goQuick: true,
	}
}

// rounds runs a job with every tool in turn, n times, each round beginning
// with the next tool. A tool that fails is left out from then on, which is said.
func (b *Bench) rounds(ctx context.Context, n int, what string, tools []tool, j job, p Plan) ([]Measure, error) {
	var all []Measure
	out := map[string]bool{}
	for round := range n {
		for i := range tools {
			t := tools[(i+round)%len(tools)]
			if out[t.name] {
				continue
			}
			part := j
			part.requests = max(j.requests/max(t.slow, 1), min(j.requests, j.workers))
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

// fail notes what could not be measured; the others go on.
func (b *Bench) fail(what, name string, err error) {
	text := fmt.Sprintf("%s: %s is left out: %v", what, name, err)
	b.Report.Failed = append(b.Report.Failed, text)
	fmt.Fprintln(b.Out, text)
}

// of is the measures of one contender.
func of(all []Measure, name string) []Measure {
	var mine []Measure
	for _, m := range all {
		if m.Contender == name {
			mine = append(mine, m)
		}
	}
	return mine
}
