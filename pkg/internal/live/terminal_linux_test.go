package live

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// pty opens a terminal of the kernel's own: what is written to one end is read at
// the other.
func pty(t *testing.T, columns, rows uint16) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { master.Close() })
	ioctl := func(request uintptr, argument unsafe.Pointer) {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(argument)); errno != 0 {
			t.Fatalf("ioctl %#x: %v", request, errno)
		}
	}
	unlocked, number := int32(0), uint32(0)
	ioctl(syscall.TIOCSPTLCK, unsafe.Pointer(&unlocked))
	ioctl(syscall.TIOCGPTN, unsafe.Pointer(&number))
	ioctl(syscall.TIOCSWINSZ, unsafe.Pointer(&[4]uint16{rows, columns}))
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slave.Close() })
	return master, slave
}

func TestRealTerminal(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("LC_ALL", "C.UTF-8")
	master, slave := pty(t, 61, 10)
	term, v := NewTerminal(slave), played(4)
	if term.size == nil {
		t.Fatal("a terminal is not taken for one")
	}
	if err := term.End(v); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 4096)
	n, err := master.Read(got)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := bytes.Cut([]byte(v.Text(60)), []byte("\n"))
	if !bytes.HasPrefix(got[:n], append(first, "\x1b[K\r\n"...)) {
		t.Errorf("the terminal got %q, want it to begin with %q", got[:n], first)
	}
	t.Setenv("TERM", "dumb")
	if NewTerminal(slave).size != nil {
		t.Error("a dumb terminal is painted on")
	}
}

func TestTerminalWithoutASize(t *testing.T) {
	_, slave := pty(t, 0, 0)
	t.Setenv("COLUMNS", "47")
	if columns, rows := sizeOf(slave); columns != 47 || rows != 24 {
		t.Errorf("sizeOf = %d, %d, want COLUMNS and 24", columns, rows)
	}
	t.Setenv("COLUMNS", "many")
	if columns, _ := sizeOf(slave); columns != defaultWidth {
		t.Errorf("sizeOf = %d columns, want %d", columns, defaultWidth)
	}
}
