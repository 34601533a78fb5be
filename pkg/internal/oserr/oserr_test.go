package oserr

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"testing"
)

// TestSystemGivesTheseErrors provokes errors, so that it checks the numbers of the
// system that it runs on.
func TestSystemGivesTheseErrors(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if _, err := net.Listen("tcp", address); !AddressInUse(err) || ConnectionRefused(err) || DiskFull(err) {
		t.Errorf("listening twice: %v is not recognized as AddressInUse alone", err)
	}
	if _, err := resetByPeer(listener); !ConnectionReset(err) || ConnectionRefused(err) {
		t.Errorf("reading from a connection that was reset: %v is not recognized as ConnectionReset alone", err)
	}
	listener.Close()
	if _, err := net.Dial("tcp", address); !ConnectionRefused(err) || AddressInUse(err) || ConnectionReset(err) {
		t.Errorf("connecting to a closed port: %v is not recognized as ConnectionRefused alone", err)
	}
	// 192.0.2.0/24 is for documentation: no machine has an address in it
	elsewhere := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)}}
	if _, err := elsewhere.Dial("tcp", "127.0.0.1:1"); !NoLocalPort(err) || ConnectionRefused(err) {
		t.Errorf("connecting from an address of another machine: %v is not recognized as NoLocalPort", err)
	}
}

// resetByPeer reads from a connection whose other side discards what was sent.
func resetByPeer(listener net.Listener) (int, error) {
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return 0, err
	}
	defer client.Close()
	server, err := listener.Accept()
	if err != nil {
		return 0, err
	}
	if err := errors.Join(server.(*net.TCPConn).SetLinger(0), server.Close()); err != nil {
		return 0, err
	}
	return client.Read(make([]byte, 1))
}

func TestNumbers(t *testing.T) {
	for name, tt := range map[string]struct {
		is   func(error) bool
		list []error
	}{
		"AddressInUse": {AddressInUse, asErrors(addressInUse)}, "ConnectionRefused": {ConnectionRefused, asErrors(connectionRefused)},
		"ConnectionReset": {ConnectionReset, asErrors(connectionReset)}, "TooManyFiles": {TooManyFiles, asErrors(tooManyFiles)},
		"NoLocalPort": {NoLocalPort, asErrors(noLocalPort)}, "DiskFull": {DiskFull, asErrors(diskFull)},
	} {
		for _, err := range tt.list {
			if !tt.is(err) || !tt.is(fmt.Errorf("writing: %w", &fs.PathError{Op: "write", Path: "x", Err: err})) {
				t.Errorf("%s does not recognize %v, bare or wrapped", name, err)
			}
		}
		for _, err := range []error{nil, io.EOF, errors.New("address already in use")} {
			if tt.is(err) {
				t.Errorf("%s recognizes %v", name, err)
			}
		}
	}
}

func asErrors[E error](list []E) (errs []error) {
	for _, e := range list {
		errs = append(errs, e)
	}
	return errs
}
