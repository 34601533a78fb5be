package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// renamedPrefix begins the annotation of a command with a former flag. The rest of its key is the former name, its value
// the flag's name of today.
const renamedPrefix = "sagalab_renamed:"

// renameFlag keeps a flag's former name: it works, and --help does not list it.
func renameFlag(c *cobra.Command, former, name string) {
	flag := c.Flags().VarPF(c.Flag(name).Value, former, "", "the former name of --"+name)
	flag.Hidden, flag.NoOptDefVal = true, c.Flag(name).NoOptDefVal
	if c.Annotations == nil {
		c.Annotations = map[string]string{}
	}
	c.Annotations[renamedPrefix+former] = name
}

// checkRenamedFlags writes a line to log for each former flag that was given, and refuses one that is given together with
// its successor.
func checkRenamedFlags(log io.Writer, c *cobra.Command) error {
	var faults []error
	for _, key := range slices.Sorted(maps.Keys(c.Annotations)) {
		former, renamed := strings.CutPrefix(key, renamedPrefix)
		name := c.Annotations[key]
		switch {
		case !renamed || !c.Flags().Changed(former):
		case c.Flags().Changed(name):
			faults = append(faults, fmt.Errorf("--%s is now --%s: give --%s only", former, name, name))
		default:
			fmt.Fprintf(log, "--%s is now --%s\n", former, name)
		}
	}
	return errors.Join(faults...)
}
