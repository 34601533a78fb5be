package report

import (
	"fmt"
	"slices"
	"strings"

	"sagalab/pkg/internal/printable"
	"sagalab/pkg/runs"
)

// provenanceTable lists names with their values, each once and in the order of the
// runs.
type provenanceTable struct{ list []fact }

type fact struct {
	name   string
	values []value
}

// value is a value with the stages that have it, none when it is one of the run.
type value struct {
	text   string
	stages []string
}

// put adds a value of a name, with the stage that has it. It ignores the value "".
func (p *provenanceTable) put(name, text string, stage ...string) {
	if text == "" {
		return
	}
	at := slices.IndexFunc(p.list, func(x fact) bool { return x.name == name })
	if at < 0 {
		p.list, at = append(p.list, fact{name: name}), len(p.list)
	}
	text = printable.Text(text)
	values := &p.list[at].values
	i := slices.IndexFunc(*values, func(v value) bool { return v.text == text })
	if i < 0 {
		*values, i = append(*values, value{text: text}), len(*values)
	}
	(*values)[i].stages = append((*values)[i].stages, stage...)
}

// mergeRun puts what was recorded of a run.
func (p *provenanceTable) mergeRun(run runs.Run, stages []runs.Overview) error {
	service, err := run.Service()
	if err != nil {
		return err
	}
	p.put("run", run.ID)
	p.put("begun", run.Created.Format(runs.TimeLayout))
	p.put("machine", run.Provenance.Machine())
	p.put("program", run.Provenance.Program())
	p.put("service says it is", service.String())
	if len(stages) == 0 {
		p.put("service", run.API)
	}
	for _, s := range stages {
		name := s.Info.Stage
		p.put("service", s.Info.API, name)
		p.put("fixture", s.Info.Fixture, name)
		p.put("bought", s.Info.Bought(), name)
		p.put("policy", s.Info.Policy, name)
		p.put("faults", faults(s.Info), name)
		p.put("seed", fmt.Sprint(s.Info.Seed), name)
	}
	return nil
}

// faults describes the effect of the windows of a stage's plan, "" without a plan.
func faults(i runs.Info) string {
	if len(i.Faults) == 0 {
		return ""
	}
	var windows []string
	for _, w := range i.FaultWindows {
		windows = append(windows, fmt.Sprintf("%s, affected %d requests", w, w.Taken))
	}
	if len(windows) == 0 {
		return i.FaultsText()
	}
	return strings.Join(windows, ", ")
}

// valuesMax is how many values are listed for a name. A search for a capacity has
// many seeds.
const valuesMax = 12

// rows returns the names with their values in words. Stages are named with a value
// unless all stages have the same one.
func (p *provenanceTable) rows() (rows [][2]string) {
	for _, x := range p.list {
		var words []string
		for i, v := range x.values {
			if i == valuesMax {
				words = append(words, fmt.Sprintf("%d more", len(x.values)-valuesMax))
				break
			}
			text := v.text
			if len(v.stages) > 0 && (len(x.values) > 1 || x.name == "faults") {
				text += " (" + strings.Join(v.stages, ", ") + ")"
			}
			words = append(words, text)
		}
		rows = append(rows, [2]string{x.name, strings.Join(words, "; ")})
	}
	return rows
}
