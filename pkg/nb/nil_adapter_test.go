package nb

import (
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// TestNilAdapter: a pointer to nothing, as adapters.Open returns it with an error, is refused.
func TestNilAdapter(t *testing.T) {
	var none *purchase.Contract
	_, err := Lab{Name: "n", API: "http://127.0.0.1:1", Adapter: none}.target()
	if err == nil || !strings.Contains(err.Error(), "nb.Must(adapters.Open(…))") {
		t.Errorf("%v, want it to say how the reason is seen", err)
	}
	if got := Must(7, nil); got != 7 {
		t.Errorf("Must(7) = %d", got)
	}
}
