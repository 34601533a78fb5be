package main

import (
	"os"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/runner"
)

// traceparentVariable names the environment variable that stands for --traceparent.
const traceparentVariable = "SAGALAB_TRACEPARENT"

// traceparentFlag is --traceparent.
type traceparentFlag struct {
	given   bool
	command *cobra.Command // whose flag it is
}

func (f *traceparentFlag) flag(c *cobra.Command) {
	f.command = c
	c.Flags().BoolVar(&f.given, "traceparent", false, "send a header traceparent with each request of a purchase, so that tracing of the service finds it; 'sagalab traces' exports the same ids (default: "+traceparentVariable+", else no)")
}

// parse returns whether the header is sent: by the flag, without it by SAGALAB_TRACEPARENT.
func (f traceparentFlag) parse() (bool, error) {
	if f.command != nil && f.command.Flags().Changed("traceparent") {
		return f.given, nil
	}
	return runner.ParseTraceparent(os.Getenv(traceparentVariable))
}
