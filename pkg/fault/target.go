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
	// AllowedHosts may be Address's although they are not this machine, which is
	// else refused: what listens on loopback here would carry load to anywhere.
	AllowedHosts []string
	// TLS is how the service is called when Address is https; nil means crypto/tls's
	// defaults. A Wire, which passes bytes on, has no use for it.
	TLS *tls.Config
}

// target checks and splits the address.
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

// hostPort is where u's server listens.
func hostPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
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
