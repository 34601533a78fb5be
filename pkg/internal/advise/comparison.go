package advise

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"sagalab/pkg/compare"
	"sagalab/pkg/load"
	"sagalab/pkg/retry"
	"sagalab/pkg/runs"
)

// Compare predicts, from a recorded stage, the figures of each policy that other stages really ran with, and
// returns both: p99, amplification and error_ratio of each, in the order of the first stages. Stages with equal
// policies are repeats, and named as retry.Named has the policy, or by what their names begin with. An error wraps
// ErrCannotTell when the recording has too little in it, or the model does not fit it; a stage with another load,
// service, purchases or plan of faults, or that was not recorded as a whole, is an error, too. It panics as
// Stage.EachAttempt does.
func Compare(recorded runs.Stage, others []runs.Stage, seed uint64) (list []compare.Prediction, err error) {
	groups, err := groupByPolicy(recorded, others)
	if err != nil {
		return nil, err
	}
	r, err := Read(recorded)
	if err != nil {
		return nil, err
	}
	p := NewPredictor(r, seed)
	if _, err := p.Fit(); err != nil {
		return nil, err
	}
	for _, g := range groups {
		got, err := g.compare(p)
		if err != nil {
			return nil, err
		}
		list = append(list, got...)
	}
	return list, nil
}

// policyGroup is the stages that ran with one policy.
type policyGroup struct {
	text   string // of the policy
	stages []runs.Stage
}

// groupByPolicy groups stages that can be compared with what is predicted from the recorded one.
func groupByPolicy(recorded runs.Stage, stages []runs.Stage) (groups []policyGroup, err error) {
	for _, s := range stages {
		if err := checkComparable(recorded, s); err != nil {
			return nil, err
		}
		text := string(s.RetryPolicy)
		at := slices.IndexFunc(groups, func(g policyGroup) bool { return g.text == text })
		if at < 0 {
			at, groups = len(groups), append(groups, policyGroup{text: text})
		}
		groups[at].stages = append(groups[at].stages, s)
	}
	return groups, nil
}

// LoadOf returns a stage's load without the stage's name, as load.ParseStage reads it: stages with the same
// one can be compared. It is "" for a load that cannot be read.
func LoadOf(s runs.Stage) string {
	l, err := load.ParseStage(s.Load)
	if err != nil {
		return ""
	}
	l.Name = ""
	return strings.TrimPrefix(l.String(), ":")
}

// checkComparable returns why a stage cannot be compared with what is predicted from the recorded one.
func checkComparable(recorded, s runs.Stage) error {
	for _, x := range []struct{ what, recorded, got string }{
		{"load", LoadOf(recorded), LoadOf(s)}, {"service", recorded.API, s.API}, {"plan of faults", recorded.FaultsText(), s.FaultsText()}, {"purchases", recorded.Bought(), s.Bought()},
	} {
		if x.recorded != x.got {
			return fmt.Errorf("stage %s differs from stage %s in its %s (%s, not %s), so that no policy can be compared: run it with the same", s.Stage, recorded.Stage, x.what, x.got, x.recorded)
		}
	}
	switch {
	case s.State != runs.Complete || s.Lost() > 0 || s.Dropped() > 0 || s.Unfinished > 0 || s.Damage != nil:
		return fmt.Errorf("stage %s is not recorded as a whole (%s, %d lost, %d dropped): run it again", s.Stage, s.State, s.Lost(), s.Dropped())
	case len(s.RetryPolicy) == 0:
		return fmt.Errorf("stage %s was recorded before the values of retry policies were: run it again", s.Stage)
	}
	return nil
}

// compare predicts the group's policy and reads what was measured.
func (g policyGroup) compare(p *Predictor) ([]compare.Prediction, error) {
	var policy retry.Policy
	if err := json.Unmarshal(g.stages[0].RetryPolicy, &policy); err != nil {
		return nil, fmt.Errorf("stage %s: its retry policy cannot be read: %w", g.stages[0].Stage, err)
	}
	name := g.name(policy)
	predicted := p.Predict(name, policy)
	ratio := predicted.errorRatio()
	list := []compare.Prediction{
		{Policy: name, Metric: compare.P99, Predicted: compare.Estimate(predicted.P99), Wide: !predicted.P99.IsNarrow()},
		{Policy: name, Metric: compare.Amplification, Predicted: compare.Estimate(predicted.Amplification), Wide: !predicted.Amplification.IsNarrow()},
		{Policy: name, Metric: compare.ErrorRatio, Predicted: compare.Estimate{Value: 100 * ratio.Value, Low: 100 * ratio.Low, High: 100 * ratio.High}, Wide: !predicted.Success.IsNarrowFraction()},
	}
	for _, s := range g.stages {
		measured := measure(s)
		for i, v := range []float64{measured.P99, measured.Amplification, 100 * (1 - measured.Success)} {
			list[i].Measured = append(list[i].Measured, v)
		}
		for _, note := range s.Notes(true) {
			if !slices.Contains(list[0].Notes, note) { // the others are counts, on which they do not bear
				list[0].Notes = append(list[0].Notes, note)
			}
		}
	}
	return list, nil
}

// name returns the name of a policy that people run, but for its attempt timeout; of another one what the names of
// the stages begin with.
func (g policyGroup) name(policy retry.Policy) string {
	for _, name := range retry.PolicyNames() {
		p, err := retry.Named(name)
		p.AttemptTimeout = policy.AttemptTimeout
		if err == nil && reflect.DeepEqual(p, policy) {
			return name
		}
	}
	return compare.CommonName(g.stages)
}

// measure returns the figures of a stage.
func measure(s runs.Stage) Figures {
	var r Recording
	r.readOperations(s)
	return r.Measured
}
