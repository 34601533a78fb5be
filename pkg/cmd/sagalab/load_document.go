package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/internal/provenance"
	"sagalab/pkg/purchase"
)

// verdict returns the verdict of the load, whose execution returned err. Its own error is of reading what was recorded.
func (l *loadExecution) verdict(ctx context.Context, err error) (verdict, error) {
	v := verdict{command: "load", subject: "load on " + l.endpoint.String(), run: l.run, audit: l.report}
	failed := error(nil)
	if l.run.ID != "" {
		v.subject = strings.TrimSpace(fmt.Sprintf("Run %s on %s %s", l.run.ID, l.endpoint, l.serviceVersion))
		v.stages, failed = shownStages(l.run)
	}
	var names []string
	for _, s := range l.plan.stages {
		names = append(names, s.Name)
	}
	l.results = append(l.results, l.missing()...) // of a load that ended before it could judge
	v.findings = append(stageFindings(names, v.stages), thresholdFindings(l.results)...)
	if l.report != nil {
		v.findings = append(v.findings, ruleFindings(*l.report)...)
	}
	v.conclude(codeOf(ctx, err), err)
	return v, failed
}

// loadDocument is the document of load --json.
type loadDocument struct {
	Run        string                `json:"run,omitempty"` // "" when nothing was sent
	Created    time.Time             `json:"created,omitzero"`
	Provenance provenance.Provenance `json:"provenance,omitzero"`
	Dir        string                `json:"dir,omitempty"`
	API        string                `json:"api"`
	Service    *purchase.Version     `json:"service,omitempty"`
	Verdict    string                `json:"verdict"`
	ExitCode   exitCode              `json:"exit_code"`
	Reason     string                `json:"reason,omitempty"` // why the exit code is not 0
	Stages     []shownStage          `json:"stages"`
	Audit      *audit.Report         `json:"audit,omitempty"`
}

// document returns the document of load --json.
func (l *loadExecution) document(v verdict, code exitCode) loadDocument {
	d := loadDocument{Run: l.run.ID, Created: l.run.Created, Provenance: l.run.Provenance, Dir: l.run.Dir(), API: l.endpoint.String(), Service: nilIfZero(l.serviceVersion), Verdict: code.String(), ExitCode: code, Reason: v.reason, Stages: v.stages, Audit: l.report}
	if d.Stages == nil {
		d.Stages = []shownStage{}
	}
	return d
}
