package runs

import "sagalab/pkg/internal/provenance"

// Provenance is what a run was measured with: the machine and its limits, and the
// version and commit of the program.
type Provenance = provenance.Provenance
