package fleet

import (
	"slices"
	"testing"

	"sagalab/pkg/load"
	"sagalab/pkg/purchase"
)

// stepAdapter is an adapter of a file whose purchases take two steps.
type stepAdapter struct{ purchase.Contract }

func (stepAdapter) Steps() []string  { return []string{"cart", "order"} }
func (stepAdapter) Contents() string { return "purchase: …" }
func (stepAdapter) String() string   { return "shop.yaml" }

// A stage that is collected without the run of its own process has the steps, by their names.
func TestCollectedStageHasItsSteps(t *testing.T) {
	var p plan
	if err := p.setAdapter(stepAdapter{}); err != nil {
		t.Fatal(err)
	}
	text, err := p.encode()
	if err != nil {
		t.Fatal(err)
	}
	read, err := decode[plan](text)
	if err != nil {
		t.Fatal(err)
	}
	c := collector{coordinator: &coordinator{plan: read, stage: load.Stage{Name: "s", Requests: 1, VUs: 1}}}
	if got := c.info().Steps; !slices.Equal(got, []string{"cart", "order"}) {
		t.Errorf("the stage has the steps %q", got)
	}
	var one plan
	if err := one.setAdapter(purchase.Contract{}); err != nil || one.Steps != nil {
		t.Errorf("a purchase of one request has the steps %q, %v", one.Steps, err)
	}
}
