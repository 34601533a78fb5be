package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// runNaming explains for --help how runs are named on the command line.
const runNaming = `A run is named by its id, by the beginning of its id when no other begins so, or as
last, last~1, last~2 … from the newest on.`

func runsCommand(out io.Writer) *cobra.Command {
	c := &cobra.Command{
		Use:   "runs",
		Short: "List stored runs, show one, compare two",
		Long:  "List stored runs, show one, compare two.\n\n" + runNaming,
	}
	c.AddCommand(runsListCommand(out), runsShowCommand(out), runsCompareCommand(out))
	subcommandsOnly(c)
	return c
}

func runsListCommand(out io.Writer) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "ls",
		Short: "A line for each stored run, the newest last",
		Args:  atMost(0),
		RunE: func(*cobra.Command, []string) error {
			store, err := runsStore()
			if err != nil {
				return err
			}
			return listRuns(out, store, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print the list as JSON")
	return c
}

// runOutline is a run without its rows, as `runs ls` prints it. Of one that cannot be read, Damaged says why.
type runOutline struct {
	runs.Run
	Dir        string       `json:"dir"`
	Executions []runs.Entry `json:"executions"`
	Damaged    string       `json:"damaged,omitempty"`
}

func listRuns(out io.Writer, store runs.Store, asJSON bool) error {
	outlines, err := outlineRuns(store)
	if err != nil {
		return err
	}
	damaged := 0
	for _, o := range outlines {
		if o.Damaged != "" {
			damaged++
		}
	}
	var verdict error
	if damaged > 0 {
		verdict = verdictError(exitUnclear, fmt.Sprintf("%d of %d runs cannot be read", damaged, len(outlines)))
	}
	if asJSON {
		return errors.Join(printJSON(out, outlines), verdict)
	}
	if len(outlines) == 0 {
		fmt.Fprintf(out, "no runs in %s yet\n", store.Dir)
	}
	for _, o := range outlines {
		fmt.Fprintf(out, "%-17s  %-20s  %-24s  %s\n", o.ID, o.Name, o.API, o.stages())
	}
	return verdict
}

// outlineRuns returns the outlines of all runs of a store, the oldest first.
func outlineRuns(store runs.Store) ([]runOutline, error) {
	list, unreadable, err := store.ListAll()
	if err != nil {
		return nil, err
	}
	outlines := []runOutline{}
	for _, r := range list {
		o := runOutline{Run: r, Dir: r.Dir()}
		if o.Executions, err = r.Entries(); err != nil {
			o.Executions, o.Damaged = []runs.Entry{}, err.Error()
		}
		outlines = append(outlines, o)
	}
	for _, u := range unreadable {
		outlines = append(outlines, runOutline{Run: runs.Run{ID: u.ID}, Dir: u.Dir, Executions: []runs.Entry{}, Damaged: u.Err.Error()})
	}
	if len(unreadable) > 0 { // their ids begin with the time of their start
		slices.SortStableFunc(outlines, func(a, b runOutline) int { return strings.Compare(a.ID, b.ID) })
	}
	return outlines, nil
}

// stages returns the newest execution of each stage, as "light 50, heavy 1000 (interrupted)".
func (o runOutline) stages() string {
	if o.Damaged != "" {
		return "damaged: " + o.Damaged
	}
	var names []string
	newest := map[string]runs.Entry{}
	for _, e := range o.Executions {
		if e.Kind != runs.Load {
			continue
		}
		if !slices.Contains(names, e.Stage) {
			names = append(names, e.Stage)
		}
		newest[e.Stage] = e
	}
	if len(names) == 0 {
		return "no stages"
	}
	for i, name := range names {
		e := newest[name]
		names[i] = fmt.Sprintf("%s %d", name, e.Requests)
		if e.State != runs.Complete {
			names[i] += " (" + e.State + ")"
		}
	}
	return strings.Join(names, ", ")
}

func runsShowCommand(out io.Writer) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "show RUN",
		Short: "What a run holds",
		Long:  "What a run holds, the newest execution of each stage and case.\n\n" + runNaming,
		Args:  oneRun,
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := runsStore()
			if err != nil {
				return err
			}
			run, err := store.Find(args[0])
			if err != nil {
				return err
			}
			return showRun(out, run, asJSON)
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print what the run holds as JSON")
	return c
}

func showRun(out io.Writer, run runs.Run, asJSON bool) (err error) {
	defer runs.CatchDamage(&err)
	cases, err := run.OpenCases()
	if err != nil {
		return err
	}
	stages, err := run.OpenStages()
	if err != nil {
		return err
	}
	entries, err := run.Entries()
	if err != nil {
		return err
	}
	var list []shownStage
	for _, s := range append(cases, stages...) {
		list = append(list, showStage(s, entries))
	}
	service, err := run.Service()
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(out, struct {
			runs.Run
			Service *purchase.Version `json:"service,omitempty"`
			Dir     string            `json:"dir"`
			Stages  []shownStage      `json:"stages"`
		}{run, nilIfZero(service), run.Dir(), list})
	}
	fmt.Fprintf(out, "run      %s  %s\nAPI      %s\nservice  %s\nbegun    %s\nmachine  %s\nprogram  %s\nfiles    %s\n", run.ID, run.Name, run.API,
		orElse(service.String(), "does not say its version, or was not asked"), run.Created.Format(runs.TimeLayout), run.Provenance.Machine(), run.Provenance.Program(), relativePath(run.Dir()))
	for _, s := range list {
		s.print(out)
	}
	return nil
}
