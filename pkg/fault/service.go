package fault

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// Service is what a Proxy or a Wire stands in front of.
type Service struct {
	// Address is such as "http://127.0.0.1:8000", with /purchase at its end or
	// without.
	Address string
	// AllowedHosts are hosts other than this machine that Address may name. All
	// others are refused: the proxy on loopback would carry load to anywhere.
	AllowedHosts []string
	// TLS is how the service is called when Address is https; nil means crypto/tls's
	// defaults. A Wire passes bytes on and ignores it.
	TLS *tls.Config
}

// target checks and parses the address.
func (s Service) target() (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(s.Address))
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, fmt.Errorf("the service's address is %q: write it like http://127.0.0.1:8000", s.Address)
	}
	if !loopback(u.Hostname()) && !slices.Contains(s.AllowedHosts, u.Hostname()) {
		return nil, fmt.Errorf("the service's host %q is not on this machine: if you may put load on it, allow it by name", u.Hostname())
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(u.Path, "/"), purchasePath)
	u.Path = strings.TrimSuffix(u.Path, "/")
	return u, nil
}

// hostPort returns where u's server listens, as host:port.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// loopback reports whether host names this machine without being resolved: other
// names could resolve to any machine, now or later.
func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
