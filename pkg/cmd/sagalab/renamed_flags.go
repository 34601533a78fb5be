package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// renamedTo is the annotation of a former flag; its value is the flag's name of today.
const renamedTo = "sagalab_renamed_to"

// renameFlag keeps a flag's former name: it works, and --help does not list it.
func renameFlag(c *cobra.Command, former, name string) {
	flag := c.Flags().VarPF(c.Flag(name).Value, former, "", "the former name of --"+name)
	flag.Hidden, flag.NoOptDefVal = true, c.Flag(name).NoOptDefVal
	flag.Annotations = map[string][]string{renamedTo: {name}}
}

// checkRenamedFlags writes a line to log for each former flag that was given, and refuses one that is given together with
// its successor.
func checkRenamedFlags(log io.Writer, flags *pflag.FlagSet) error {
	var faults []error
	flags.Visit(func(f *pflag.Flag) {
		names := f.Annotations[renamedTo]
		switch {
		case len(names) == 0:
		case flags.Changed(names[0]):
			faults = append(faults, fmt.Errorf("--%s is now --%s: give --%s only", f.Name, names[0], names[0]))
		default:
			fmt.Fprintf(log, "--%s is now --%s\n", f.Name, names[0])
		}
	})
	return errors.Join(faults...)
}
