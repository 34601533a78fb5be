package purchase

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Origin is a place that load may be sent to: a host, perhaps one port of it, perhaps one
// scheme. Make one with ParseOrigin; the zero value allows nothing.
type Origin struct{ scheme, host, port string }

// anyPort stands for every port of a host.
const anyPort = "*"

// ParseOrigin reads HOST, HOST:PORT or SCHEME://HOST[:PORT], with http or https as the scheme
// and an IPv6 address in brackets when a port follows. The port * means every port.
func ParseOrigin(text string) (Origin, error) {
	fault := func(why string) (Origin, error) {
		return Origin{}, fmt.Errorf("allowed host %q: %s; write it as shop.example, shop.example:8000 or https://shop.example", text, why)
	}
	var o Origin
	rest := strings.TrimSpace(text)
	if scheme, after, found := strings.Cut(rest, "://"); found {
		if o.scheme, rest = strings.ToLower(scheme), strings.TrimSuffix(after, "/"); o.scheme != "http" && o.scheme != "https" {
			return fault("the scheme is not http or https")
		}
	}
	o.host = strings.TrimSuffix(strings.TrimPrefix(rest, "["), "]")
	if net.ParseIP(o.host) == nil {
		if host, port, err := net.SplitHostPort(rest); err == nil {
			if o.host, o.port = host, port; port != anyPort && (port == "" || !validPort(port)) {
				return fault("the port is not between 1 and 65535")
			}
		}
	}
	o.host = strings.ToLower(o.host)
	if o.host == "" || net.ParseIP(o.host) == nil && strings.ContainsAny(o.host, ":/@?#[] *") {
		return fault("it names no host")
	}
	return o, nil
}

// named reports whether the origin allows u as the address that the person who allowed it also
// chose: what the origin does not name, it does not restrict.
func (o Origin) named(u *url.URL) bool {
	return o.host != "" && o.host == strings.ToLower(u.Hostname()) &&
		(o.scheme == "" || o.scheme == u.Scheme) && (o.port == "" || o.port == anyPort || o.port == portOf(u))
}

// Allows reports whether load may be sent to an endpoint that another process chose: to the
// scheme and the port that the origin names only. Without a port that is the port of the
// scheme (https: 443, http: 80), without a scheme https, or either at a named port other
// than 443 and 80, which stand for their schemes.
func (o Origin) Allows(e Endpoint) bool {
	u, err := url.Parse(e.base)
	if err != nil || o.host == "" || o.host != strings.ToLower(u.Hostname()) {
		return false
	}
	switch {
	case o.scheme == "" && o.port == "":
		o.scheme = "https"
	case o.scheme == "" && o.port == "443":
		o.scheme = "https"
	case o.scheme == "" && o.port == "80":
		o.scheme = "http"
	}
	if o.port == "" {
		o.port = schemePorts[o.scheme]
	}
	return (o.scheme == "" || o.scheme == u.Scheme) && (o.port == anyPort || o.port == portOf(u))
}

var schemePorts = map[string]string{"http": "80", "https": "443"}

// portOf returns the port of an http or https address, the scheme's own when it names none.
func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return schemePorts[u.Scheme]
}

// namedBy reports whether one of allowed names the address; what is not an origin names none.
func namedBy(allowed []string, u *url.URL) bool {
	for _, text := range allowed {
		if o, err := ParseOrigin(text); err == nil && o.named(u) {
			return true
		}
	}
	return false
}

// Origin returns the endpoint's scheme, host and port, as ParseOrigin reads them.
func (e Endpoint) Origin() string {
	u, err := url.Parse(e.base)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + net.JoinHostPort(u.Hostname(), portOf(u))
}
