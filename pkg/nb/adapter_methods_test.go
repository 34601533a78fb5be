package nb

import (
	"strings"
	"testing"

	"sagalab/pkg/purchase"
)

// readsByNumber is an adapter with a method that is never called.
type readsByNumber struct{ purchase.Adapter }

func (readsByNumber) Product(purchase.Service, int64) (purchase.Product, error) {
	return purchase.Product{}, nil
}

// TestLabNamesAMethodThatIsNeverCalled instead of leaving its rules unknown without a word.
func TestLabNamesAMethodThatIsNeverCalled(t *testing.T) {
	if _, err := (Lab{Adapter: readsByNumber{purchase.Contract{}}}).adapter(); err == nil || !strings.Contains(err.Error(), "Lab.Adapter: adapter nb.readsByNumber: Product is func(purchase.Service, int64)") {
		t.Errorf("%v", err)
	}
}
