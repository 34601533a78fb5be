package report

import (
	"cmp"
	"errors"
	"slices"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/observe"
	"sagalab/pkg/runs"
)

// recorded is a run with its stages and the reports of its audits.
type recorded struct {
	run    runs.Run
	stages []runs.Overview
	audits []audit.Report
}

// read reads what runs recorded, and of which services it is.
func read(list []runs.Run) (all []recorded, of services, err error) {
	of = services{}
	for _, run := range list {
		stages, err := run.Overviews()
		audits, auditsErr := observe.ReadAudits(run)
		if err = errors.Join(err, auditsErr); err != nil {
			return nil, nil, runError(run, err)
		}
		r := recorded{run, stages, audits}
		all = append(all, r)
		for _, s := range stages {
			of.add(s.Info.Stage, r.serviceOf(s))
		}
		for _, a := range audits {
			for _, stage := range a.Stages {
				of.add(stage, r.servicesOf(a)...)
			}
		}
	}
	return all, of, nil
}

// serviceOf returns the address that a stage was sent to.
func (r recorded) serviceOf(o runs.Overview) string { return cmp.Or(o.Info.API, r.run.API) }

// servicesOf returns the addresses that the stages of an audit were sent to, each once. An
// audit of cases alone has that of the run.
func (r recorded) servicesOf(a audit.Report) (addresses []string) {
	for _, s := range r.stages {
		if slices.Contains(a.Stages, s.Info.Stage) && !slices.Contains(addresses, r.serviceOf(s)) {
			addresses = append(addresses, r.serviceOf(s))
		}
	}
	if addresses == nil {
		addresses = []string{r.run.API}
	}
	return addresses
}
