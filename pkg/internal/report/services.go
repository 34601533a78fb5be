package report

import (
	"slices"
	"strings"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/runs"
)

// serviceColumn is the column of tables that has the address of the service. It is there
// only when the runs were made against more than one.
const serviceColumn = "service"

// ofStage returns the cell of a stage in serviceColumn, "" when there is one service only.
func (b *builder) ofStage(o runs.Overview) string {
	if !b.several {
		return ""
	}
	return b.current.serviceOf(o)
}

// ofAudit returns the cell of an audit in serviceColumn, "" when there is one service only.
func (b *builder) ofAudit(r audit.Report) string {
	if !b.several {
		return ""
	}
	return strings.Join(b.current.servicesOf(r), ", ")
}

// onService returns stages with the service that they were sent to: "quiet, faults at
// http://127.0.0.1:9701".
func onService(stages, service string) string {
	if service == "" {
		return stages
	}
	return stages + " at " + service
}

// without returns the table without a column.
func (t Table) without(column string) Table {
	i := slices.Index(t.Columns, column)
	if i < 0 {
		return t
	}
	t.Columns = slices.Delete(slices.Clone(t.Columns), i, i+1)
	rows := make([][]string, len(t.Rows))
	for n, row := range t.Rows {
		rows[n] = slices.Delete(slices.Clone(row), i, i+1)
	}
	t.Rows = rows
	return t
}
