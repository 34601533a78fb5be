package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/redact"
)

// flagSecrets are the entries, as of the environment, for flags of the running command that hold secrets.
var flagSecrets []string

// withoutSecrets returns a text without the secrets of the environment and of the flags.
func withoutSecrets(text string) string { return redact.Environment(flagSecrets...).String(text) }

// shown returns a writer on out for all that is printed: secrets are removed, and control characters are escaped. What a
// service answered can be in any text, errors included.
func shown(out io.Writer) io.Writer { return printable.NewWriter(out, withoutSecrets) }

// oneLine returns texts that a service may have sent as one line each.
func oneLine(texts []string) []string {
	lines := make([]string, len(texts))
	for i, t := range texts {
		lines[i] = printable.Line(t)
	}
	return lines
}

// counted writes a number of things: "1 run", "2 runs".
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

// noteSecrets sets flagSecrets to the secrets in the flags of c.
func noteSecrets(c *cobra.Command) {
	flagSecrets = nil
	for flag, variable := range map[string]string{"key": "SAGALAB_KEY", "db": "SAGALAB_DB", "fleet": "SAGALAB_FLEET"} {
		if f := c.Flags().Lookup(flag); f != nil && f.Changed {
			flagSecrets = append(flagSecrets, variable+"="+f.Value.String())
		}
	}
}
