package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// atMost returns a check that refuses more than so many arguments.
func atMost(most int) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) <= most {
			return nil
		}
		takes := "no argument"
		if most > 0 {
			takes = "at most " + counted(most, "argument")
		}
		return fmt.Errorf("%s takes %s, and %q is given; see `%s --help`", shortName(c), takes, strings.Join(args, " "), c.CommandPath())
	}
}

// oneRun refuses anything but one argument, the name of a run.
func oneRun(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return errors.New("which run? `" + c.CommandPath() + " last` takes the newest; `sagalab runs ls` lists them all")
	}
	return atMost(1)(c, args)
}

// subcommandsOnly makes a command that has nothing but subcommands refuse an unknown one. Cobra prints its help and ends with 0.
func subcommandsOnly(c *cobra.Command) {
	c.DisableFlagsInUseLine = true
	c.FParseErrWhitelist.UnknownFlags = true // those of the subcommand that was meant
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		var names []string
		for _, sub := range c.Commands() {
			names = append(names, sub.Name())
		}
		return fmt.Errorf("%s has no command %q, only %s; see `%s --help`", shortName(c), args[0], strings.Join(names, ", "), c.CommandPath())
	}
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
}

// refuseFlag adds to the error of a wrong flag where the right ones are listed.
func refuseFlag(c *cobra.Command, err error) error {
	return fmt.Errorf("%w; `%s --help` lists the flags", err, c.CommandPath())
}

// shortName returns a command's name without the program's, which begins each error.
func shortName(c *cobra.Command) string {
	return strings.TrimPrefix(c.CommandPath(), c.Root().Name()+" ")
}
