package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"time"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

// marker begins, and a full stop ends, the value that each variable of a compose file gets here, which distinguishes values that come
// from the environment from values that are written in the file.
const marker = "from-outside-"

var (
	variable = regexp.MustCompile(`\$\{?([A-Za-z_][A-Za-z0-9_]*)`)
	marked   = regexp.MustCompile(`^` + marker + `[A-Za-z0-9_]+\.$`)
	defaults = regexp.MustCompile(`\$\{([A-Za-z0-9_]+):?[-+][^}]`)
)

// compose checks a compose file and returns sagalab's command lines in it.
func compose(ctx context.Context, text string) (commands [][]string, err error) {
	outside := types.Mapping{}
	for _, m := range variable.FindAllStringSubmatch(text, -1) {
		outside[m[1]] = marker + m[1] + "."
	}
	project, err := loader.LoadWithContext(ctx, types.ConfigDetails{
		WorkingDir:  ".",
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: []byte(text)}},
		Environment: outside,
	}, func(o *loader.Options) { o.SetProjectName("check", false) })
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, m := range defaults.FindAllStringSubmatch(text, -1) {
		errs = append(errs, checkSecret(m[1], "a default", false))
	}
	for name, c := range project.Configs {
		for _, m := range inSQL.FindAllStringSubmatch(c.Content, -1) {
			if err := checkSecret("password", m[1], marked.MatchString(m[1])); err != nil {
				errs = append(errs, fmt.Errorf("config %s: %w", name, err))
			}
		}
	}
	for _, name := range project.ServiceNames() {
		s := project.Services[name]
		if err := checkService(s); err != nil {
			errs = append(errs, fmt.Errorf("service %s: %w", name, err))
		}
		if ours(s.Image) {
			commands = append(commands, s.Command)
		}
	}
	return commands, errors.Join(errs...)
}

// checkService applies our rules to a service.
func checkService(s types.ServiceConfig) error {
	var errs []error
	for _, p := range s.Ports {
		if ip, err := netip.ParseAddr(p.HostIP); err != nil || !ip.IsLoopback() {
			errs = append(errs, fmt.Errorf("port %d is published on %q, which other machines reach: publish it on 127.0.0.1", p.Target, p.HostIP))
		}
	}
	if s.NetworkMode == "host" || s.Privileged {
		errs = append(errs, errors.New("it has the host's network or all its rights"))
	}
	for name, value := range s.Environment {
		if value != nil {
			errs = append(errs, checkSecret(name, *value, marked.MatchString(*value)))
		}
	}
	if ours(s.Image) {
		wait := 10 * time.Second // compose's default
		if s.StopGracePeriod != nil {
			wait = time.Duration(*s.StopGracePeriod)
		}
		errs = append(errs, checkGrace(s.Command, wait))
		if !s.ReadOnly || len(s.CapDrop) == 0 {
			errs = append(errs, errors.New("it may write to its image, or has capabilities: read_only and cap_drop are missing"))
		}
	}
	return errors.Join(errs...)
}
