package faultsearch

import (
	"slices"
	"testing"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/internal/testing/stepshop"
)

// TestSteps: a purchase of several steps with a login and polls is searched step by step.
func TestSteps(t *testing.T) {
	for _, tt := range []struct {
		options stepshop.Options
		rules   []string // of which one is violated, nil for none
		step    string
	}{
		{options: stepshop.Options{Settle: 5 * time.Millisecond}},
		{options: stepshop.Options{Defect: stepshop.DoubleOrder}, rules: []string{"K1", "K5", "C3"}, step: "pay"},
		{options: stepshop.Options{Defect: stepshop.PaysAgain}, rules: []string{"C3", "C2"}, step: "pay"},
		{options: stepshop.Options{Defect: stepshop.ItemTwice}, rules: []string{"C1", "C3", "C4"}, step: "item"},
	} {
		shop := stepshop.Start(tt.options)
		t.Cleanup(shop.Close)
		s := open(t, shop.URL(), ServiceConfig{Adapter: stepshop.Adapter{}, Times: slow})
		r, err := Run(t.Context(), s, Options{Worlds: Worlds(1), Kinds: []fault.Kind{fault.DropReply, fault.DropRequest}, Confirm: 2})
		if err != nil {
			t.Fatal(err)
		}
		if tt.rules == nil {
			if r.Answer != NoneFound || len(r.Certificate.Worlds[0].Calls) != 3 {
				t.Errorf("%+v: %s", tt.options, r.Sentence())
			}
			continue
		}
		w := r.Witness
		if w == nil || !slices.Contains(tt.rules, w.Rule) {
			t.Errorf("%+v: %s", tt.options, r.Sentence())
		}
		if w != nil && len(w.Schedule.Faults) > 0 && w.Schedule.Faults[0].Step != tt.step {
			t.Errorf("%+v: %s", tt.options, r.Sentence())
		}
	}
}
