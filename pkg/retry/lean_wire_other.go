//go:build !unix

package retry

import "errors"

// canPeek is whether readNow works here.
const canPeek = false

func readNow(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }
