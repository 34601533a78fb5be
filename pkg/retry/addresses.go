package retry

import (
	"net/url"
	"sync/atomic"
)

// addresses parses the addresses of requests, and remembers the last one: most operations
// go to the same. The zero value is ready; it is safe for concurrent use.
type addresses struct{ last atomic.Pointer[parsedAddress] }

// parsedAddress is an address in two parts and what they are together.
type parsedAddress struct {
	base, path string
	url        *url.URL
}

// parse returns the address that path makes with base. It must not be changed.
func (a *addresses) parse(base, path string) (*url.URL, error) {
	if last := a.last.Load(); last != nil && last.path == path && last.base == base {
		return last.url, nil
	}
	u, err := url.Parse(base + path)
	if err != nil {
		return nil, err
	}
	a.last.Store(&parsedAddress{base, path, u})
	return u, nil
}
