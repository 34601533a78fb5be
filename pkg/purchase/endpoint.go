package purchase

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// ErrNotAllowed is returned for an address outside this machine whose host is not
// among those allowed: load is sent there only when its host was named on purpose.
var ErrNotAllowed = errors.New("not on this machine")

// Endpoint is the address of a service. Make one with ParseEndpoint; the zero value is
// not valid. It can be compared with ==.
type Endpoint struct{ base string }

// ParseEndpoint reads the address of a service: http or https, a host, and
// perhaps a path before /purchase, which keeps its escapes. "http://localhost:8000",
// "http://localhost:8000/purchase" and "http://localhost:8000/purchase/purchase" mean
// the same. A host that is not loopback is refused (ErrNotAllowed) unless one of
// allowed names it, as ParseOrigin reads them; without a port there, any port of the
// host may be addressed.
func ParseEndpoint(address string, allowed ...string) (Endpoint, error) {
	fault := func(format string, args ...any) (Endpoint, error) {
		return Endpoint{}, fmt.Errorf("API address %q: %w", redacted(address), fmt.Errorf(format, args...))
	}
	u, err := url.Parse(strings.TrimSpace(address))
	var parse *url.Error
	switch {
	case errors.As(err, &parse):
		return fault("%v; write it like http://127.0.0.1:8000", parse.Err)
	case err != nil:
		return fault("%v; write it like http://127.0.0.1:8000", err)
	case u.Scheme != "http" && u.Scheme != "https":
		return fault("it must start with http:// or https://, like http://127.0.0.1:8000")
	case u.Hostname() == "":
		return fault("it names no host; write it like http://127.0.0.1:8000")
	case u.User != nil:
		return fault("it carries a user or a password; send them in a header instead")
	case u.RawQuery != "" || u.Fragment != "":
		return fault("it has a query or a fragment; give the address alone")
	case !validPort(u.Port()):
		return fault("port %s is not between 1 and 65535", u.Port())
	case !loopback(u.Hostname()) && !namedBy(allowed, u):
		return fault("%s is %w: if you may put load on it, allow it by name (SAGALAB_ALLOW_HOST=%s)", u.Hostname(), ErrNotAllowed, u.Hostname())
	}
	return Endpoint{u.Scheme + "://" + u.Host + basePath(u.EscapedPath())}, nil
}

// basePath returns what stands before /purchase in an escaped path. It removes each
// /purchase at the end, so that the address that it makes means itself.
func basePath(path string) string {
	for {
		path = strings.TrimRight(path, "/")
		before, found := strings.CutSuffix(path, "/purchase")
		if !found {
			return path
		}
		path = before
	}
}

// String returns the address, without a slash at its end.
func (e Endpoint) String() string { return e.base }

// Host returns the address's host without its port, as ParseEndpoint's allowed has it.
func (e Endpoint) Host() string {
	u, err := url.Parse(e.base)
	if err != nil { // the zero Endpoint has none
		return ""
	}
	return u.Hostname()
}

func validPort(port string) bool {
	if port == "" {
		return true
	}
	n, err := net.LookupPort("tcp", port)
	return err == nil && n > 0
}

// loopback reports whether host is this machine by its very name: other names
// could resolve to anything, now or later.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// redacted returns an address without its user information, for messages.
func redacted(address string) string {
	scheme, rest, found := strings.Cut(address, "://")
	if !found {
		return address
	}
	authority, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndex(authority, "@"); at >= 0 {
		return scheme + "://…@" + authority[at+1:] + strings.TrimSuffix("/"+path, "/")
	}
	return address
}
