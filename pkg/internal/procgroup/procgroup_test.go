package procgroup

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// roleKey says what a copy of this test binary does.
const roleKey = "SAGALAB_PROCGROUP_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleKey); role {
	case "":
		os.Exit(m.Run())
	case "waits": // for the end of its standard input, or to be killed
		fmt.Println("ready")
		io.Copy(io.Discard, os.Stdin)
	case "leaves": // a process behind and ends
		startOther()
	case "stays": // with a process of its own
		startOther()
		io.Copy(io.Discard, os.Stdin)
	case "guards": // a process that is to end with it
		cmd := command("waits", os.Stdout)
		cmd.Stdin = os.Stdin
		g := New(cmd)
		g.EndWithParent()
		exitOn(g.Start())
		io.Copy(io.Discard, os.Stdin)
	case "listens": // for a signal, and names it
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
		fmt.Println("ready")
		fmt.Println(<-signals)
	}
}

// startOther starts a process that keeps this one's standard input and output.
func startOther() {
	cmd := command("waits", os.Stdout)
	cmd.Stdin = os.Stdin
	exitOn(cmd.Start())
}

func exitOn(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// command is a copy of this test binary in a role.
func command(role string, out *os.File) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleKey+"="+role)
	cmd.Stdout = out
	return cmd
}

// family is a group whose processes share one pipe for their output: it ends when
// the last of them has ended. Their input stays open as long as the test.
type family struct {
	*Group
	cmd   *exec.Cmd
	out   *os.File
	lines *bufio.Scanner
}

// start starts a group and waits until its last process is ready.
func start(t *testing.T, role string) family {
	t.Helper()
	out, outEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	in, inEnd, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(role, outEnd)
	cmd.Stdin = in
	f := family{Group: New(cmd), cmd: cmd, out: out, lines: bufio.NewScanner(out)}
	if err := f.Start(); err != nil {
		t.Fatal(err)
	}
	outEnd.Close()
	in.Close()
	t.Cleanup(func() {
		f.Close()
		inEnd.Close() // ends what the test did not
		f.lines.Scan()
		out.Close()
	})
	if f.lines.Scan(); f.lines.Text() != "ready" {
		t.Fatalf("the group's first line is %q, want it ready", f.lines.Text())
	}
	return f
}

// ended waits until no process of the group is left.
func (f family) ended(t *testing.T) {
	t.Helper()
	_ = f.out.SetReadDeadline(time.Now().Add(time.Minute)) // without one the test's own timeout ends it
	if f.lines.Scan() {
		t.Errorf("the group says %q", f.lines.Text())
	}
	if err := f.lines.Err(); err != nil {
		t.Errorf("a process of the group lives on: %v", err)
	}
}

func TestKillReachesDescendants(t *testing.T) {
	f := start(t, "stays")
	f.Kill()
	f.ended(t)
	if err := f.cmd.Wait(); err == nil {
		t.Error("a killed program ended well")
	}
	f.Kill() // no process is left: it does nothing
}

func TestCloseKillsWhatIsLeft(t *testing.T) {
	f := start(t, "leaves")
	if err := f.cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	f.ended(t)
	f.Close()
}

func TestProgramThatDoesNotStart(t *testing.T) {
	g := New(exec.Command("/no/such/program"))
	if err := g.Start(); err == nil {
		t.Error("Start of a program that does not exist = nil")
	}
	if err := g.Terminate(); err == nil {
		t.Error("Terminate of a program that did not start = nil")
	}
	g.Kill()
	g.Close()
}
