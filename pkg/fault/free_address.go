package fault

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

// FreeAddress returns an address (host:port) on loopback on which no process listens
// now, for a service that is to be killed and started again on it.
//
// Its port lies below those that the kernel gives to outgoing connections (from
// 32768 on Linux, 49152 elsewhere): otherwise any client's connection could
// take the port while the service is down, and keep it from starting again.
func FreeAddress() (string, error) {
	const lowest, number = 20000, 12000
	var errs []error
	for range 20 {
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(number)))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		return l.Addr().String(), l.Close()
	}
	return "", fmt.Errorf("no free port found in %d attempts: %w", len(errs), errors.Join(errs...))
}
