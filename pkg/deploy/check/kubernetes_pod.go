package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// checkPod applies our rules to a pod and returns sagalab's command lines in its containers.
func checkPod(p corev1.PodSpec) (commands [][]string, err error) {
	var errs []error
	if p.AutomountServiceAccountToken == nil || *p.AutomountServiceAccountToken {
		errs = append(errs, errors.New("its pods get a token for the cluster: automountServiceAccountToken is not false"))
	}
	if p.HostNetwork || p.HostPID || p.HostIPC {
		errs = append(errs, errors.New("its pods share the node's network, processes or memory"))
	}
	if s := p.SecurityContext; s == nil || s.RunAsNonRoot == nil || !*s.RunAsNonRoot {
		errs = append(errs, errors.New("its pods may run as root: runAsNonRoot is not true"))
	}
	wait := 30 * time.Second // Kubernetes' default
	if p.TerminationGracePeriodSeconds != nil {
		wait = time.Duration(*p.TerminationGracePeriodSeconds) * time.Second
	}
	if len(p.Containers) == 0 {
		errs = append(errs, errors.New("its pods have no container"))
	}
	for _, c := range p.Containers {
		if err := errors.Join(checkContainer(c), checkMounts(c, p.Volumes), checkGrace(c.Args, wait-preStop(c))); err != nil {
			errs = append(errs, fmt.Errorf("container %s: %w", c.Name, err))
		}
		if ours(c.Image) {
			commands = append(commands, c.Args)
		}
	}
	return commands, errors.Join(errs...)
}

// preStop is the part of the grace period that passes before a container gets SIGTERM.
func preStop(c corev1.Container) time.Duration {
	if c.Lifecycle == nil || c.Lifecycle.PreStop == nil || c.Lifecycle.PreStop.Sleep == nil {
		return 0
	}
	return time.Duration(c.Lifecycle.PreStop.Sleep.Seconds) * time.Second
}

// checkContainer applies our rules to a container.
func checkContainer(c corev1.Container) error {
	var errs []error
	s := c.SecurityContext
	if s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem ||
		s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation ||
		s.Capabilities == nil || !slices.Contains(s.Capabilities.Drop, "ALL") {
		errs = append(errs, errors.New("want readOnlyRootFilesystem, allowPrivilegeEscalation false and all capabilities dropped"))
	}
	if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
		errs = append(errs, errors.New("want requests of cpu and memory, and a limit of memory"))
	}
	for _, p := range c.Ports {
		if p.HostPort != 0 {
			errs = append(errs, fmt.Errorf("port %d is published on all addresses of the node: leave hostPort out", p.ContainerPort))
		}
	}
	for _, e := range c.Env {
		errs = append(errs, checkSecret(e.Name, e.Value, false))
		if strings.HasPrefix(e.Value, "postgres") && !strings.Contains(e.Value, "sslmode=verify-full") {
			errs = append(errs, fmt.Errorf("%s crosses the network: want sslmode=verify-full", e.Name))
		}
	}
	for _, a := range c.Args {
		errs = append(errs, checkURL("an argument", a))
	}
	return errors.Join(errs...)
}

// checkMounts refuses a mount without its volume and a volume without a mount.
func checkMounts(c corev1.Container, volumes []corev1.Volume) error {
	var have, want []string
	for _, v := range volumes {
		have = append(have, v.Name)
	}
	for _, m := range c.VolumeMounts {
		want = append(want, m.Name)
	}
	slices.Sort(have)
	slices.Sort(want)
	if !slices.Equal(have, want) {
		return fmt.Errorf("it mounts %q of the volumes %q", want, have)
	}
	return nil
}

// hasPort reports whether a container has the port that a service sends to.
func hasPort(c corev1.Container, target intstr.IntOrString) bool {
	return slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool {
		return target.Type == intstr.String && p.Name == target.StrVal || target.Type == intstr.Int && p.ContainerPort == target.IntVal
	})
}
