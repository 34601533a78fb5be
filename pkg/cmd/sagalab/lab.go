package main

import (
	"io"

	"github.com/spf13/cobra"
)

func labCommand(out, log io.Writer) *cobra.Command {
	return &cobra.Command{Use: "lab"}
}
