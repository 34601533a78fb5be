package report

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/runs"
)

// facts are the names of what provenance lists, with the values that the runs have,
// each once and in the order of the runs.
type facts struct {
	names  []string
	values map[string][]string
}

// put adds a value of a name.
func (f *facts) put(name, value string) {
	if f.values == nil {
		f.values = map[string][]string{}
	}
	if !slices.Contains(f.names, name) {
		f.names = append(f.names, name)
	}
	if value != "" && !slices.Contains(f.values[name], value) {
		f.values[name] = append(f.values[name], value)
	}
}

// add puts what is known of a run.
func (f *facts) add(run runs.Run, stages []runs.Overview) error {
	service, err := run.Service()
	if err != nil {
		return err
	}
	f.put("run", run.ID)
	f.put("begun", run.Created.Format(runs.TimeLayout))
	f.put("machine", run.Provenance.Machine())
	f.put("program", run.Provenance.Program())
	f.put("service", run.API)
	f.put("service says it is", service.String())
	for _, s := range stages {
		f.put("service", s.Info.API)
		f.put("fixture", s.Info.Fixture)
		f.put("bought", s.Info.Bought())
		f.put("policy", s.Info.Policy)
		f.put("faults", faults(s.Info))
		f.put("seed", fmt.Sprintf("%d (%s)", s.Info.Seed, s.Info.Stage))
	}
	return nil
}

func faults(i runs.Info) string {
	if len(i.Faults) == 0 {
		return ""
	}
	var windows []string
	for _, w := range i.FaultWindows {
		windows = append(windows, fmt.Sprintf("%s, done to %d requests", w, w.Taken))
	}
	if len(windows) == 0 {
		windows = append(windows, i.FaultsText())
	}
	return fmt.Sprintf("%s: %s", i.Stage, strings.Join(windows, ", "))
}

// valuesMax bounds what is listed of one name: a search for a capacity has many
// seeds.
const valuesMax = 12

func (b *builder) provenance() (rows [][2]string) {
	for _, name := range b.facts.names {
		values := b.facts.values[name]
		if more := len(values) - valuesMax; more > 0 {
			values = append(slices.Clone(values[:valuesMax]), fmt.Sprintf("%d more", more))
		}
		if len(values) > 0 {
			rows = append(rows, [2]string{name, strings.Join(values, "; ")})
		}
	}
	return rows
}
