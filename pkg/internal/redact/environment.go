package redact

import (
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
)

// variables are the environment variables that hold secrets, or name a file that does.
var variables = []string{"SAGALAB_AUTHORIZATION", "PGPASSWORD", "SAGALAB_DB", "SAGALAB_FLEET", "SAGALAB_KEY"}

// adapterPrefix begins the names of the variables that the file of an adapter can read; all
// of them hold secrets, except for the origins of services (IsOrigin).
const adapterPrefix = "SAGALAB_VAR_"

// cached is the Redactor of the last call of Environment.
var cached struct {
	sync.Mutex
	settings []string
	redactor *Redactor
}

// Environment returns a Redactor that removes, by value, the secrets of this process's
// environment and of more entries NAME=value: SAGALAB_AUTHORIZATION, the private key in
// the file that SAGALAB_KEY names, PGPASSWORD, and the passwords of the databases in
// SAGALAB_DB and SAGALAB_FLEET, and all SAGALAB_VAR_…, which files of adapters read, but for
// origins (IsOrigin). It may be called for every text that is printed: the Redactor is made
// again only when these have changed.
func Environment(more ...string) *Redactor {
	var settings []string
	for _, name := range variables {
		if value := os.Getenv(name); value != "" {
			settings = append(settings, name+"="+value)
		}
	}
	for _, entry := range os.Environ() {
		if _, value, _ := strings.Cut(entry, "="); strings.HasPrefix(entry, adapterPrefix) && !IsOrigin(value) {
			settings = append(settings, entry)
		}
	}
	for _, entry := range more {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && slices.Contains(variables, name) && !slices.Contains(settings, entry) {
			settings = append(settings, entry)
		}
	}
	cached.Lock()
	defer cached.Unlock()
	if cached.redactor == nil || !slices.Equal(cached.settings, settings) {
		var s Secrets
		for _, entry := range settings {
			name, value, _ := strings.Cut(entry, "=")
			s.addVariable(name, value)
		}
		cached.settings, cached.redactor = settings, Values(s)
	}
	return cached.redactor
}

// IsOrigin reports whether a value is the origin of a service, such as http://127.0.0.1:8000,
// in which there is no place for a secret.
func IsOrigin(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && value == u.Scheme+"://"+u.Host
}
