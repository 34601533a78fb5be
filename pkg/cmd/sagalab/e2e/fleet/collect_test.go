package fleet

import (
	"cmp"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/internal/testing/postgres"
	"sagalab/pkg/runs"
)

var equation = regexp.MustCompile(`(\d+) planned = (\d+) recorded \+ (\d+) dropped \+ (\d+) lost; (\d+) are new`)

// TestCollectAfterAKill kills `load --fleet` with SIGKILL, lists what it left, and collects it
// into its run, twice.
func TestCollectAfterAKill(t *testing.T) {
	t.Parallel()
	db := postgres.Shared(t).Database(t)
	api, count := counter(t, "127.0.0.2:0")
	startWorkers(t, db, 2)
	p := e2e.Command(t, "load", "--api", api, "--fleet", db, "--stage", "open:200/s@3m", "--attempts", "1")
	var log e2e.Transcript
	p.Stderr = &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	log.UntilAny(t, regexp.MustCompile(`(\d+) success`), func(m []string) bool { n, _ := strconv.Atoi(m[1]); return n >= 200 })
	p.Process.Kill()
	p.Wait()
	collectFromShell(t, p, db, "", count)
}

// TestCollectFromALocalFleet does the same with `load --fleet local`, whose workers die with it.
func TestCollectFromALocalFleet(t *testing.T) {
	t.Parallel()
	api, count := counter(t, "127.0.0.3:0")
	temporary := t.TempDir() // not that of other tests
	p := e2e.Command(t, "load", "--api", api, "--fleet", "local", "--workers", "2", "--stage", "open:200/s@3m", "--attempts", "1")
	p.Env = append(p.Env, "TMPDIR="+temporary)
	var log e2e.Transcript
	p.Stderr = &log
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	log.UntilAny(t, regexp.MustCompile(`(\d+) success`), func(m []string) bool { n, _ := strconv.Atoi(m[1]); return n >= 200 })
	p.Process.Kill()
	p.Wait()
	if left, err := filepath.Glob(filepath.Join(temporary, "sagalab-fleet-*", "fleet.db")); err != nil || len(left) != 1 {
		t.Fatalf("the killed fleet left %v, %v; want its database", left, err)
	}
	collectFromShell(t, p, "local", temporary, count)
}

// collectFromShell collects the only load of db into the run of p, twice, and compares the
// run with what the service counted. temporary is where db, a local fleet's, is looked for.
func collectFromShell(t *testing.T, p e2e.Program, db, temporary string, count func() int) {
	t.Helper()
	collect := func(args ...string) e2e.Ended {
		c := e2e.Command(t, append([]string{"fleet", "collect", "--fleet", db}, args...)...)
		c.Mark = e2e.MarkVariable + "=a collection of " + t.Name() // the workers have another one
		c.Env = append(c.Env, "SAGALAB_RUNS="+p.Runs, "TMPDIR="+cmp.Or(temporary, c.Temp), c.Mark)
		return c.Finish(t)
	}
	var id string
	for began := time.Now(); id == ""; time.Sleep(500 * time.Millisecond) {
		list := collect()
		if m := regexp.MustCompile(`(?m)^([0-9a-f-]{36})  `).FindStringSubmatch(list.Out); m != nil {
			id = m[1]
		} else if list.Status != 0 || time.Since(began) > time.Minute {
			t.Fatalf("the list has no load, status %d:\n%s%s", list.Status, list.Out, list.Log)
		}
	}
	var before []string
	for round := range 2 {
		got := collect(id)
		m := equation.FindStringSubmatch(got.Out)
		if m == nil || got.Status != 2 {
			t.Fatalf("collect ended with status %d and\n%s%s", got.Status, got.Out, got.Log)
		}
		number := func(i int) int { n, _ := strconv.Atoi(m[i]); return n }
		if number(1) != 36_000 || number(1) != number(2)+number(3)+number(4) {
			t.Errorf("collected are %s", m[0])
		}
		if round == 1 && (number(5) != 0 || strings.Join(m[1:5], " ") != strings.Join(before[1:5], " ")) {
			t.Errorf("collected again are %s, before %s", m[0], before[0])
		}
		before = m
		s := e2e.RecordedStage(t, e2e.OnlyRun(t, p), "open")
		if n := len(s.Operations); n != number(2) || s.State != runs.Interrupted || s.Lost() != number(4) {
			t.Errorf("the run has %d operations, %d lost, %s; collect says %s", n, s.Lost(), s.State, m[0])
		}
		// in flight when workers were killed: at most what 0.2 s may send
		if n, sent := number(2), count(); sent < n-40 || sent > n+60 {
			t.Errorf("the service counted %d purchases, %d are recorded", sent, n)
		}
	}
}
