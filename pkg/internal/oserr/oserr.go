// Package oserr recognizes errors of the operating system that have different
// numbers on Unix and on Windows: there, the constants of package syscall with
// Unix names match no error of a socket or a file. Its functions may be called
// concurrently; they report false for nil and look through wrapped errors.
package oserr

import (
	"errors"
	"slices"
	"syscall"
)

// AddressInUse reports whether listening failed because another socket listens on
// the same address.
func AddressInUse(err error) bool { return isOneOf(err, addressInUse) }

// ConnectionRefused reports whether a connection failed because no socket listens
// on the address.
func ConnectionRefused(err error) bool { return isOneOf(err, connectionRefused) }

// ConnectionReset reports whether the other side ended a connection without
// closing it, or was written to after it had closed it.
func ConnectionReset(err error) bool { return isOneOf(err, connectionReset) }

// TooManyFiles reports whether this process, or the machine, has as many files
// and sockets open as it may.
func TooManyFiles(err error) bool { return isOneOf(err, tooManyFiles) }

// NoLocalPort reports whether an outgoing connection failed because the machine
// has no local address and port left for it. On Windows a machine that is out of
// buffers for sockets gives the same answer.
func NoLocalPort(err error) bool { return isOneOf(err, noLocalPort) }

// DiskFull reports whether writing failed because the file system has no space.
func DiskFull(err error) bool { return isOneOf(err, diskFull) }

func isOneOf(err error, numbers []syscall.Errno) bool {
	return slices.ContainsFunc(numbers, func(n syscall.Errno) bool { return errors.Is(err, n) })
}
