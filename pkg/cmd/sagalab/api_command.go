package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"sagalab/pkg/adapters"
)

// apiCommand returns the commands about a service of another shape than the contract's.
func apiCommand(out, log io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "api",
		Short: "Describe a service of your own in a file, and try the file out",
		Long: "Describe a service that does not implement the contract in a file: how it is asked for a purchase, what its answers mean, and\n" +
			"which of its state can be read. `sagalab api new` writes one with comments, `sagalab api check` tries it out.",
	}
	c.AddCommand(apiNewCommand(out), apiCheckCommand(out, log))
	subcommandsOnly(c)
	return c
}

func apiNewCommand(out io.Writer) *cobra.Command {
	return &cobra.Command{
		Use:   "new [FILE]",
		Short: "Write an example with comments to a new file, or print it",
		Args:  atMost(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				_, err := out.Write(adapters.Example())
				return err
			}
			return writeNew(out, args[0])
		},
	}
}

// writeNew writes the example to a file that is not there yet.
func writeNew(out io.Writer, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is already there: it stays as it is; give another name, or remove it first", path)
	}
	if err != nil {
		return err
	}
	_, err = f.Write(adapters.Example())
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s has an example: change it to what your service does, then run `sagalab api check %s --api URL`\n", path, path)
	return nil
}
