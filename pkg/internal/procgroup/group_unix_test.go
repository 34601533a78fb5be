//go:build unix

package procgroup

import (
	"os"
	"syscall"
	"testing"
)

func TestSignals(t *testing.T) {
	for _, tt := range []struct {
		name, says string
		send       func(*Group) error
	}{
		{"Interrupt", "interrupt", (*Group).Interrupt},
		{"Terminate", "terminated", (*Group).Terminate},
	} {
		f := start(t, "listens")
		if err := tt.send(f.Group); err != nil {
			t.Errorf("%s = %v", tt.name, err)
		}
		if f.lines.Scan(); f.lines.Text() != tt.says {
			t.Errorf("after %s the program says %q, want %q", tt.name, f.lines.Text(), tt.says)
		}
		if err := f.cmd.Wait(); err != nil {
			t.Errorf("after %s the program ends with %v", tt.name, err)
		}
		f.ended(t)
		if err := tt.send(f.Group); err != syscall.ESRCH {
			t.Errorf("%s of a group that has ended = %v, want %v", tt.name, err, syscall.ESRCH)
		}
		f.Close()
		if err := tt.send(f.Group); err != os.ErrProcessDone {
			t.Errorf("%s of a group that is closed = %v, want %v", tt.name, err, os.ErrProcessDone)
		}
	}
}

// TestTerminalDoesNotReachGroup compares groups: a terminal sends Ctrl-C to the one
// in its foreground.
func TestTerminalDoesNotReachGroup(t *testing.T) {
	f := start(t, "waits")
	own, err := syscall.Getpgid(0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := syscall.Getpgid(f.cmd.Process.Pid); err != nil || got == own || got != f.cmd.Process.Pid {
		t.Errorf("the program's group is %d (%v), want its own, %d, and not this test's, %d", got, err, f.cmd.Process.Pid, own)
	}
	f.Kill()
	f.cmd.Wait()
}
