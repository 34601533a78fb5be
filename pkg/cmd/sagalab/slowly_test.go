package main

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSlowServiceIsNamed once, and a fast one is not.
func TestSlowServiceIsNamed(t *testing.T) {
	for took, want := range map[time.Duration]string{
		0:               "",
		slowAfter - 1:   "",
		20 * slowAfter:  "--reset: still waiting for the service after 5s; Ctrl-C ends this\n",
		slowAfter + 1e9: "--reset: still waiting for the service after 5s; Ctrl-C ends this\n",
	} {
		synctest.Test(t, func(t *testing.T) {
			var log strings.Builder
			failed := errors.New("failed")
			err := slowly(&log, slowAfter, "--reset", func() error { time.Sleep(took); return failed })
			if err != failed || log.String() != want {
				t.Errorf("after %v: %v and %q, want %q", took, err, log.String(), want)
			}
		})
	}
}
