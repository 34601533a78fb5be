package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// The tools, as tables name them.
const (
	Sagalab  = "sagalab load"
	NetHTTP  = "net/http, tuned" // the baseline, 1 by definition
	Hey      = "hey"
	Vegeta   = "vegeta"
	K6       = "k6"
	Original = "Python original"
)

// job is one execution of a tool.
type job struct {
	url string
	dir string // a directory of its own, for what it writes
	// requests by virtual users is the closed model, unless rate is above 0
	requests, vus int
	// rate a second for span is the open model
	rate int
	span time.Duration
	// keyed asks for an Idempotency-Key header on every request
	keyed bool
}

// planned returns how many requests the job consists of.
func (j job) planned() int {
	if j.rate > 0 {
		return int(float64(j.rate) * j.span.Seconds())
	}
	return j.requests
}

// toolReport is what a tool reports of its own execution; -1 where it reports nothing.
type toolReport struct {
	// Requests is how many requests it reports as sent, Failed those of them without a 201, Dropped the arrivals that it could not start.
	Requests, Failed, Dropped int
	// Latencies are the quantiles of latency in ms that it reports, by their
	// percentage.
	Latencies map[float64]float64
	// Work and CPU are of the work alone, for a tool that measures itself
	// without its start-up; 0 for one that does not.
	Work, CPU time.Duration
}

// quantiles are those that every tool is compared by, in percent.
var quantiles = []float64{90, 95, 99}

// tool is how a load generator is started and its output parsed.
type tool struct {
	name string
	// command is the program for a job.
	command func(job) (program, error)
	// parse reads its report, from its output and from the job's directory.
	parse func(ctx context.Context, j job, out string) (toolReport, error)
	// open reports whether it can keep an arrival rate that does not wait for answers.
	open bool
	// divisor divides the requests that it is given in comparisons of speed, for one that would otherwise take minutes; 0 and 1 do not.
	divisor int
}

// Measurement is one execution of one tool.
type Measurement struct {
	Tool string
	VUs  int
	// Server is the server's count, Reported the tool's own.
	Server   Counts
	Reported toolReport
	// Wall, CPU and RSSMB are the whole process's. For a tool that measures
	// its own work, CPU is of that work.
	Wall  time.Duration
	CPU   time.Duration
	RSSMB float64
}

// Rate is requests a second in the server's window.
func (m Measurement) Rate() float64 { return m.Server.Rate() }

// WholeRate is requests a second of the whole process.
func (m Measurement) WholeRate() float64 { return float64(m.Server.Requests) / m.Wall.Seconds() }

// CPUPer100k is CPU seconds per 100 000 requests.
func (m Measurement) CPUPer100k() float64 {
	return m.CPU.Seconds() / float64(max(m.Server.Requests, 1)) * 100_000
}

// measure executes a job under a plan.
func (b *Bench) measure(ctx context.Context, t tool, j job, p Plan) (Measurement, error) {
	dir, err := os.MkdirTemp(b.scratch, "job-")
	if err != nil {
		return Measurement{}, err
	}
	defer os.RemoveAll(dir)
	j.dir, j.url = dir, b.host.api+"/purchase"
	if err := b.host.set(ctx, p); err != nil {
		return Measurement{}, err
	}
	command, err := t.command(j)
	if err != nil {
		return Measurement{}, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, b.Timeout, fmt.Errorf("%s was not done within %v", t.name, b.Timeout))
	defer cancel()
	cost, err := command.run(bounded)
	if err != nil {
		return Measurement{}, err
	}
	m := Measurement{Tool: t.name, VUs: j.vus, Wall: cost.Wall, CPU: cost.CPU, RSSMB: cost.RSSMB}
	if m.Server, err = b.host.counts(ctx); err != nil {
		return m, err
	}
	if m.Reported, err = t.parse(ctx, j, cost.Out); err != nil {
		return m, fmt.Errorf("%s: parsing its report: %w", t.name, err)
	}
	if m.Reported.CPU > 0 {
		m.CPU = m.Reported.CPU
	}
	if t.name == Vegeta && j.rate == 0 {
		b.vegetaRate[j.vus] = m.Rate()
	}
	if m.Server.Requests == 0 {
		return m, errors.New(t.name + " sent no request")
	}
	return m, nil
}

// baselineTool is net/http with a tuned Transport, a child of this program.
func baselineTool() tool {
	return tool{
		name: NetHTTP,
		command: func(j job) (program, error) {
			return self("send", "-url", j.url, "-n", strconv.Itoa(j.requests), "-c", strconv.Itoa(j.vus), fmt.Sprintf("-key=%t", j.keyed))
		},
		parse: func(_ context.Context, _ job, out string) (toolReport, error) { return parseSent(out) },
	}
}

func heyTool(path string) tool {
	return tool{
		name: Hey, open: true,
		command: func(j job) (program, error) {
			args := []string{"-m", "POST", "-T", "application/json", "-d", payload, "-c", strconv.Itoa(j.vus)}
			if j.rate > 0 { // its rate is per connection
				args = append(args, "-z", j.span.String(), "-q", fmt.Sprint(float64(j.rate)/float64(j.vus)))
			} else {
				args = append(args, "-n", strconv.Itoa(j.requests))
			}
			if j.keyed { // it can only send the same key every time
				args = append(args, "-H", "Idempotency-Key: bench")
			}
			return program{path: path, args: append(args, j.url)}, nil
		},
		parse: func(_ context.Context, _ job, out string) (toolReport, error) { return parseHey(out) },
	}
}

// vegetaTool needs a duration also when it sends as fast as it can: estimate returns the requests a second to expect.
func vegetaTool(path string, estimate func(vus int) float64) tool {
	return tool{
		name: Vegeta, open: true,
		command: func(j job) (program, error) {
			body := filepath.Join(j.dir, "body.json")
			if err := os.WriteFile(body, []byte(payload), 0o644); err != nil {
				return program{}, err
			}
			targets := "POST " + j.url + "\nContent-Type: application/json\n"
			if j.keyed {
				targets += "Idempotency-Key: bench\n"
			}
			list := filepath.Join(j.dir, "targets.txt")
			if err := os.WriteFile(list, []byte(targets+"@"+body+"\n"), 0o644); err != nil {
				return program{}, err
			}
			args := []string{"attack", "-targets=" + list, "-output=" + filepath.Join(j.dir, "results.gob"), fmt.Sprintf("-workers=%d", j.vus)}
			if j.rate > 0 { // workers without a limit
				args = append(args, fmt.Sprintf("-rate=%d", j.rate), "-duration="+j.span.String())
			} else {
				span := time.Duration(float64(j.requests) / estimate(j.vus) * float64(time.Second))
				args = append(args, "-rate=0", fmt.Sprintf("-max-workers=%d", j.vus), "-duration="+span.String())
			}
			return program{path: path, args: args}, nil
		},
		parse: func(ctx context.Context, j job, _ string) (toolReport, error) {
			report := program{path: path, args: []string{"report", "-type=json", filepath.Join(j.dir, "results.gob")}}
			c, err := report.run(ctx)
			if err != nil {
				return toolReport{}, err
			}
			return parseVegeta(c.Out)
		},
	}
}

func k6Tool(path, script string) tool {
	return tool{
		name: K6, open: true,
		command: func(j job) (program, error) {
			env := []string{
				"BENCH_URL=" + j.url, "BENCH_BODY=" + payload, fmt.Sprintf("BENCH_VUS=%d", j.vus), fmt.Sprintf("BENCH_REQUESTS=%d", j.requests),
				fmt.Sprintf("BENCH_RATE=%d", j.rate), "BENCH_SPAN=" + j.span.String(), fmt.Sprintf("BENCH_KEYED=%t", j.keyed),
				"BENCH_OUT=" + filepath.Join(j.dir, "summary.json"),
				// no requests to any other host
				"K6_NO_USAGE_REPORT=true", "K6_AUTO_EXTENSION_RESOLUTION=false",
			}
			return program{path: path, args: []string{"run", "--quiet", "--no-color", "--log-output=none", script}, env: env, dir: j.dir}, nil
		},
		parse: func(_ context.Context, j job, _ string) (toolReport, error) {
			text, err := os.ReadFile(filepath.Join(j.dir, "summary.json"))
			if err != nil {
				return toolReport{}, err
			}
			return parseK6(text)
		},
	}
}

func originalTool(python, script string) tool {
	return tool{
		name: Original, divisor: 50,
		command: func(j job) (program, error) {
			return program{path: python, args: []string{script, j.url, strconv.Itoa(j.requests), strconv.Itoa(j.vus)}}, nil
		},
		parse: func(_ context.Context, _ job, out string) (toolReport, error) { return parseOriginal(out) },
	}
}
