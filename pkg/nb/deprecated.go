package nb

import (
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// Search is the former name of CapacitySearch.
//
// Deprecated: use CapacitySearch.
type Search = CapacitySearch

// Rehearse is the former name of DryRun.
//
// Deprecated: use DryRun.
func (l Lab) Rehearse(order purchase.Request, statuses ...int) { l.DryRun(order, statuses...) }

// Scene is the former name of Fixture.
//
// Deprecated: use Fixture.
func (l Lab) Scene(name string, f purchase.Fixture) { l.Fixture(name, f) }

// Shares is the former name of FleetWorkers.
//
// Deprecated: use FleetWorkers.
func Shares(s runs.Stage) { FleetWorkers(s) }
