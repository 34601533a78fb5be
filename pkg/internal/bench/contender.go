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

// The contenders, as tables name them.
const (
	Ours     = "sagalab load"
	NetHTTP  = "net/http, tuned" // the yardstick, 1 by definition
	Hey      = "hey"
	Vegeta   = "vegeta"
	K6       = "k6"
	Original = "Python original"
)

// job is one execution of a contender.
type job struct {
	url string
	dir string // a directory of its own, for what it writes
	// requests by workers is the closed model, unless rate is above 0
	requests, workers int
	// rate a second for span is the open model
	rate int
	span time.Duration
	// keyed asks for an Idempotency-Key header on every request
	keyed bool
}

// asked is how many requests the job is about.
func (j job) asked() int {
	if j.rate > 0 {
		return int(float64(j.rate) * j.span.Seconds())
	}
	return j.requests
}

// said is what a contender says of its own execution; -1 where it says nothing.
type said struct {
	// Requests is how many requests it says it sent, Failed those of them without
	// a 201, Dropped the arrivals that it says it could not start.
	Requests, Failed, Dropped int
	// Latencies are the quantiles of latency in ms that it reports, by their
	// percentage.
	Latencies map[float64]float64
	// Work and CPU are of the work alone, for a contender that measures itself
	// without its start-up; 0 for one that does not.
	Work, CPU time.Duration
}

// quantiles are those that are asked of every contender.
var quantiles = []float64{90, 95, 99}

// tool is how a contender is started and understood.
type tool struct {
	name string
	// command is the program for a job.
	command func(job) (program, error)
	// understand reads what it said, from its output and from the job's
	// directory.
	understand func(ctx context.Context, j job, out string) (said, error)
	// open says whether it can keep a rate that does not wait for answers.
	open bool
	// slow divides the requests that it is given in comparisons of speed, for one
	// that would else take minutes; 0 and 1 do not.
	slow int
}

// Measure is one execution of one contender.
type Measure struct {
	Contender string
	Workers   int
	// Saw is the server's count, Said the contender's own.
	Saw  Counts
	Said said
	// Wall, CPU and RSSMB are the whole process's. For a contender that measures
	// its own work, CPU is of that work.
	Wall  time.Duration
	CPU   time.Duration
	RSSMB float64
}

// Rate is requests a second in the server's window.
func (m Measure) Rate() float64 { return m.Saw.Rate() }

// WholeRate is requests a second of the whole process.
func (m Measure) WholeRate() float64 { return float64(m.Saw.Requests) / m.Wall.Seconds() }

// CPUPer100k is CPU seconds per 100 000 requests.
func (m Measure) CPUPer100k() float64 {
	return m.CPU.Seconds() / float64(max(m.Saw.Requests, 1)) * 100_000
}

// measure executes a job under a plan.
func (b *Bench) measure(ctx context.Context, t tool, j job, p Plan) (Measure, error) {
	dir, err := os.MkdirTemp(b.scratch, "job-")
	if err != nil {
		return Measure{}, err
	}
	defer os.RemoveAll(dir)
	j.dir, j.url = dir, b.host.api+"/purchase"
	if err := b.host.set(ctx, p); err != nil {
		return Measure{}, err
	}
	command, err := t.command(j)
	if err != nil {
		return Measure{}, err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, b.Patience, fmt.Errorf("%s was not done within %v", t.name, b.Patience))
	defer cancel()
	cost, err := command.run(bounded)
	if err != nil {
		return Measure{}, err
	}
	m := Measure{Contender: t.name, Workers: j.workers, Wall: cost.Wall, CPU: cost.CPU, RSSMB: cost.RSSMB}
	if m.Saw, err = b.host.counts(ctx); err != nil {
		return m, err
	}
	if m.Said, err = t.understand(ctx, j, cost.Out); err != nil {
		return m, fmt.Errorf("%s: understanding what it said: %w", t.name, err)
	}
	if m.Said.CPU > 0 {
		m.CPU = m.Said.CPU
	}
	if t.name == Vegeta && j.rate == 0 {
		b.pace[j.workers] = m.Rate()
	}
	if m.Saw.Requests == 0 {
		return m, errors.New(t.name + " sent no request")
	}
	return m, nil
}

// yardstick is net/http with a tuned Transport, from this program.
func yardstick() tool {
	return tool{
		name: NetHTTP,
		command: func(j job) (program, error) {
			return own("send", "-url", j.url, "-n", strconv.Itoa(j.requests), "-c", strconv.Itoa(j.workers), fmt.Sprintf("-key=%t", j.keyed))
		},
		understand: func(_ context.Context, _ job, out string) (said, error) { return parseSent(out) },
	}
}

func heyTool(path string) tool {
	return tool{
		name: Hey, open: true,
		command: func(j job) (program, error) {
			args := []string{"-m", "POST", "-T", "application/json", "-d", payload, "-c", strconv.Itoa(j.workers)}
			if j.rate > 0 { // its rate is each worker's
				args = append(args, "-z", j.span.String(), "-q", fmt.Sprint(float64(j.rate)/float64(j.workers)))
			} else {
				args = append(args, "-n", strconv.Itoa(j.requests))
			}
			if j.keyed { // it can only send the same one every time
				args = append(args, "-H", "Idempotency-Key: bench")
			}
			return program{path: path, args: append(args, j.url)}, nil
		},
		understand: func(_ context.Context, _ job, out string) (said, error) { return parseHey(out) },
	}
}

// vegetaTool needs a duration even where it is to send as fast as it can: pace
// tells it how many requests a second that will be.
func vegetaTool(path string, pace func(workers int) float64) tool {
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
			args := []string{"attack", "-targets=" + list, "-output=" + filepath.Join(j.dir, "results.gob"), fmt.Sprintf("-workers=%d", j.workers)}
			if j.rate > 0 { // workers without a limit
				args = append(args, fmt.Sprintf("-rate=%d", j.rate), "-duration="+j.span.String())
			} else {
				span := time.Duration(float64(j.requests) / pace(j.workers) * float64(time.Second))
				args = append(args, "-rate=0", fmt.Sprintf("-max-workers=%d", j.workers), "-duration="+span.String())
			}
			return program{path: path, args: args}, nil
		},
		understand: func(ctx context.Context, j job, _ string) (said, error) {
			report := program{path: path, args: []string{"report", "-type=json", filepath.Join(j.dir, "results.gob")}}
			c, err := report.run(ctx)
			if err != nil {
				return said{}, err
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
				"BENCH_URL=" + j.url, "BENCH_BODY=" + payload, fmt.Sprintf("BENCH_WORKERS=%d", j.workers), fmt.Sprintf("BENCH_REQUESTS=%d", j.requests),
				fmt.Sprintf("BENCH_RATE=%d", j.rate), "BENCH_SPAN=" + j.span.String(), fmt.Sprintf("BENCH_KEYED=%t", j.keyed),
				"BENCH_OUT=" + filepath.Join(j.dir, "summary.json"),
				// it is to talk to the server here and to nobody else
				"K6_NO_USAGE_REPORT=true", "K6_AUTO_EXTENSION_RESOLUTION=false",
			}
			return program{path: path, args: []string{"run", "--quiet", "--no-color", "--log-output=none", script}, env: env, dir: j.dir}, nil
		},
		understand: func(_ context.Context, j job, _ string) (said, error) {
			text, err := os.ReadFile(filepath.Join(j.dir, "summary.json"))
			if err != nil {
				return said{}, err
			}
			return parseK6(text)
		},
	}
}

func originalTool(python, script string) tool {
	return tool{
		name: Original, slow: 50,
		command: func(j job) (program, error) {
			return program{path: python, args: []string{script, j.url, strconv.Itoa(j.requests), strconv.Itoa(j.workers)}}, nil
		},
		understand: func(_ context.Context, _ job, out string) (said, error) { return parseOriginal(out) },
	}
}
