package report

import (
	"cmp"
	"slices"
	"strings"
)

// serviceColumn is the column of tables that has the address of the service. It is there
// only when the runs were made against more than one.
const serviceColumn = "service"

// services are the addresses that stages were sent to, by the names of the stages.
type services map[string][]string

func (s services) add(stage string, addresses ...string) {
	for _, address := range addresses {
		if !slices.Contains(s[stage], address) {
			s[stage] = append(s[stage], address)
		}
	}
}

// several reports whether there is more than one address.
func (s services) several() bool {
	first := ""
	for _, addresses := range s {
		for _, address := range addresses {
			first = cmp.Or(first, address)
			if address != first {
				return true
			}
		}
	}
	return false
}

// named returns the names of stages for a sentence, with the service where the names alone
// do not tell which: "quiet, faults at http://127.0.0.1:9701".
func (s services) named(stages []string, service string) string {
	text := strings.Join(stages, ", ")
	if slices.ContainsFunc(stages, func(stage string) bool { return len(s[stage]) > 1 }) {
		text += " at " + service
	}
	return text
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
