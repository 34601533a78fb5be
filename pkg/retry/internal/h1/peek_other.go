//go:build !unix

package h1

import "errors"

// Supported is whether a Transport works on this operating system: it must be able to
// read a socket without waiting.
const Supported = false

func readNow(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
