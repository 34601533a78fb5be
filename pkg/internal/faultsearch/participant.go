package faultsearch

import (
	"fmt"
	"net/url"
	"strings"
)

// Participant is a service that the service under test asks, through a proxy of the search.
type Participant struct {
	// Name is how calls to it are named.
	Name string `json:"name"`
	// Listen is the address of the proxy, which the service has to use in place of the participant's: a port
	// of 127.0.0.1 such as "127.0.0.1:9001".
	Listen string `json:"listen"`
	// URL is where the participant is.
	URL string `json:"url"`
}

// ParseParticipant reads NAME=LISTEN,URL, such as
// "payments=127.0.0.1:9001,http://127.0.0.1:8001". LISTEN may be a port alone.
func ParseParticipant(text string) (p Participant, err error) {
	name, rest, named := strings.Cut(text, "=")
	listen, target, both := strings.Cut(rest, ",")
	p = Participant{strings.TrimSpace(name), strings.TrimSpace(listen), strings.TrimSpace(target)}
	u, parseErr := url.Parse(p.URL)
	switch {
	case !named || !both || p.Name == "" || p.Listen == "":
		return p, fmt.Errorf("participant %q: write it like payments=127.0.0.1:9001,http://127.0.0.1:8001: its name, where the search listens in its place, and where it is", text)
	case parseErr != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return p, fmt.Errorf("participant %s: its address is %q: write it like http://127.0.0.1:8001", p.Name, p.URL)
	}
	if strings.Trim(p.Listen, "0123456789") == "" {
		p.Listen = "127.0.0.1:" + p.Listen
	}
	return p, nil
}

// String returns the participant as ParseParticipant reads it.
func (p Participant) String() string { return p.Name + "=" + p.Listen + "," + p.URL }
