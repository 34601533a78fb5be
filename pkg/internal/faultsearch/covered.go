package faultsearch

import (
	"slices"

	"sagalab/pkg/fault"
)

// Covered is which schedules of a world were tried. Enumerated = Executed + the sum of Skipped
// = Formula.Count() + Added - Absent, once all have been.
type Covered struct {
	World World `json:"world"`
	// Calls are those of the execution without faults, in the order of arrival.
	Calls   []fault.Call `json:"calls"`
	Formula Formula      `json:"formula"`
	// ByFormula is Formula.Count().
	ByFormula int64 `json:"by_formula"`
	// Added counts schedules with a fault on a call that happens only under other faults and
	// is not the next attempt of one of them, such as a compensation. Absent counts those of
	// the formula whose next attempt was never made.
	Added      int   `json:"added"`
	Absent     int64 `json:"absent"`
	Enumerated int   `json:"enumerated"`
	Executed   int   `json:"executed"`
	// Skipped counts by reason.
	Skipped map[Reason]int `json:"skipped,omitempty"`
	// Cells are the steps and kinds of faults, in the order in which they were first tried.
	Cells []Cell `json:"cells"`
}

// Cell is what faults of one kind on one attempt of one step did, over all schedules that have
// one: a cell of the heat map.
type Cell struct {
	fault.CallFault
	// Survived and Broke count executions in which the fault was done; Skipped counts
	// schedules that were not executed, NotReached executions and skipped schedules in which
	// the call did not happen.
	Survived   int `json:"survived"`
	Broke      int `json:"broke"`
	Skipped    int `json:"skipped"`
	NotReached int `json:"not_reached"`
}

// count adds a schedule to the cells of its faults. why is "" for one that was executed.
func (c *Covered) count(s fault.Schedule, x *Execution, why Reason) {
	for _, f := range s.Faults {
		cell := c.cell(f)
		switch {
		case why == NotReached && f == s.Faults[len(s.Faults)-1], why == "" && !x.did(f):
			cell.NotReached++
		case why != "":
			cell.Skipped++
		case len(x.Violated()) > 0:
			cell.Broke++
		default:
			cell.Survived++
		}
	}
}

// cell returns the cell of a fault, a new one when there is none.
func (c *Covered) cell(f fault.CallFault) *Cell {
	i := slices.IndexFunc(c.Cells, func(have Cell) bool { return have.CallFault == f })
	if i < 0 {
		i = len(c.Cells)
		c.Cells = append(c.Cells, Cell{CallFault: f})
	}
	return &c.Cells[i]
}

// did reports whether a fault was done.
func (x *Execution) did(f fault.CallFault) bool {
	return slices.ContainsFunc(x.Calls, func(c fault.SeenCall) bool { return c.Call == f.Call && c.Fault == f.Fault })
}

func (c *Covered) skipped() (n int) {
	for _, k := range c.Skipped {
		n += k
	}
	return n
}

// withFormula sets what the formula says. complete: all schedules have been tried.
func (c Covered) withFormula(f Formula, complete bool) Covered {
	c.Formula, c.ByFormula = f, f.Count()
	if complete {
		c.Absent = c.ByFormula - int64(c.Enumerated-c.Added)
	}
	return c
}
