package auditnotebooks

import (
	"testing"

	"sagalab/pkg/cmd/sagalab/internal/e2e"
	"sagalab/pkg/purchase"
	"sagalab/pkg/runs"
)

// TestRunYourOwnAPI executes the sixth notebook, against the bookshop that run starts. Beyond its
// claims, both stages say which type asked the shop, and have ids that are texts.
func TestRunYourOwnAPI(t *testing.T) {
	t.Parallel()
	run := e2e.ExecutedByName(t, "06-your-own-api.ipynb")
	for _, name := range []string{"quiet", "faults"} {
		s := e2e.RecordedStage(t, run, name)
		if s.State != runs.Complete || s.Adapter == nil || s.Adapter.Name != "main.Bookshop" || s.Adapter.Contents != "" || len(s.Operations) != 600 {
			t.Fatalf("stage %s is %s by the adapter %+v, with %d purchases; want it complete, by main.Bookshop, with 600", name, s.State, s.Adapter, len(s.Operations))
		}
		for _, o := range s.Operations {
			if book := o.ProductID; book != purchase.TextID("moby-dick") && book != purchase.TextID("walden") {
				t.Fatalf("stage %s has a purchase of %s", name, book)
			}
		}
	}
}
