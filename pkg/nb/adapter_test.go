package nb

import (
	"net/http"
	"strings"
	"testing"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// ownShop is an adapter that is a Go type.
type ownShop struct{}

func (ownShop) Request(purchase.Call) (retry.Request, error) { return retry.PostJSON("/buy", 1) }

func (ownShop) Read(purchase.Call, retry.Attempt) purchase.Answer {
	return purchase.Answer{Meaning: purchase.MeansConfirmed}
}

// TestAdapterThatCannotBeUsed: a fleet's workers have no Go type, and a type says itself what answers mean. Nothing is sent.
func TestAdapterThatCannotBeUsed(t *testing.T) {
	l, text, _ := cells(t, func(_ http.ResponseWriter, r *http.Request) { t.Error("load was started") })
	t.Setenv("SAGALAB_PROGRAM", "/no/such/program")
	l.Adapter = ownShop{}
	wrong := l
	wrong.Answers = map[string]string{"sold_out": "no_stock"}
	const both = "Lab.Answers is for services of the contract; what answers mean to nb.ownShop its method Read says"
	if err := wrong.setup(); err == nil || err.Error() != both {
		t.Errorf("set-up with an adapter and answers = %v, want %s", err, both)
	}
	if err := l.setup(); err != nil {
		t.Fatal(err)
	}
	if err := l.checkConnectivity(); err != nil {
		t.Fatal(err)
	}
	text.Reset()
	err := l.trial(Trial{Stage: load.Stage{Name: "s", Requests: 5, VUs: 1}, Order: order, Fleet: Fleet{DB: "local"}})
	const want = "no fleet: the adapter nb.ownShop is a Go type, which exists in this program alone: another process needs a file (`sagalab api new` writes one, adapters.Open reads it)"
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(text.String(), "completed") {
		t.Errorf("a fleet with a Go type = %v, said %q; want %s", err, text, want)
	}
}
