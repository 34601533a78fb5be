package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// summaryVariable names the file in which GitHub Actions collects a job's summary.
const summaryVariable = "GITHUB_STEP_SUMMARY"

// verdictFlags name the files that a verdict is written to.
type verdictFlags struct {
	junit   string
	summary string
	command *cobra.Command // whose flags they are
}

func (f *verdictFlags) flags(c *cobra.Command) {
	f.command = c
	c.Flags().StringVar(&f.junit, "junit", "", "file for the verdict as JUnit's XML, for a build server; it is replaced")
	c.Flags().StringVar(&f.summary, "summary", "", "file that the verdict is appended to as Markdown (default: "+summaryVariable+" in the environment, else none)")
}

// verdictFiles are the open files for a verdict. They are opened first, so that a load of an hour does not end with a file
// that cannot be written.
type verdictFiles struct{ junit, summary *os.File } // each nil when not wanted

// open opens the files, before anything is sent.
func (f *verdictFlags) open() (files verdictFiles, err error) {
	name, path := "--summary", f.summary
	if !f.command.Flags().Changed("summary") {
		name, path = summaryVariable, os.Getenv(summaryVariable)
	}
	if path != "" {
		if files.summary, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err != nil {
			return verdictFiles{}, fmt.Errorf("%s: %w", name, err)
		}
	}
	if f.junit != "" {
		if files.junit, err = os.Create(f.junit); err != nil {
			return verdictFiles{}, errors.Join(fmt.Errorf("--junit: %w", err), closed(files.summary))
		}
	}
	return files, nil
}

// write writes the verdict and closes the files.
func (f verdictFiles) write(v verdict) error {
	var errs []error
	for _, to := range []struct {
		file  *os.File
		write func(io.Writer) error
	}{{f.junit, v.writeJUnit}, {f.summary, v.writeMarkdown}} {
		if to.file == nil {
			continue
		}
		if err := errors.Join(to.write(to.file), to.file.Close()); err != nil {
			errs = append(errs, fmt.Errorf("writing the verdict: %w", err))
		}
	}
	return errors.Join(errs...)
}

func closed(f *os.File) error {
	if f == nil {
		return nil
	}
	return f.Close()
}
