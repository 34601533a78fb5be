package claims

import (
	"errors"
	"fmt"
	"strings"
)

// whichPolicy is the claims of the ninth notebook. Which requests fail follows from windows and probabilities,
// and how long the policies wait is known.
var whichPolicy = []Claim{
	{Section: "Set-up and settings", Message: "the settings are valid and a run has begun",
		Check: says(`^Setup complete\. API=http`, `^Policy: 3 attempts, 1s each, waits from 50ms, doubled each time, up to 1s, full jitter$`, `^Run: \d{8}-`)},
	{Section: "Connectivity check", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "One recorded stage", Message: "the stage has faults, retries and purchases that fail", Check: recordedUnderFaults},
	{Section: "One recorded stage", Message: "goodput falls while the service is unavailable", Figure: "Goodput and attempts over time",
		Check: figure("Goodput and attempts over time", shadedBetween(2, 10, 12, "recorded"))},
	{Section: "What other policies would have cost", Message: "what was measured, the simulation of the same policy and the named policies are in the table", Timed: true, Check: advised},
	{Section: "What other policies would have cost", Message: "a policy within the bounds is recommended, and the model gives what was measured", Timed: true, Check: recommended},
	{Section: "What other policies would have cost", Message: "policies are drawn, and those than which no other is clearly better stand out", Timed: true, Figure: "What retry policies cost",
		Check: figure("What retry policies cost", drawn(0))},
	{Section: "Predicted and measured", Message: "each of four policies runs three times, with retries and failures", Check: policiesRan},
	{Section: "Predicted and measured", Message: "each has three figures, predicted and measured in three stages", Timed: true, Check: predictionRows},
	{Section: "Predicted and measured", Message: "most predictions agree with what was measured", Timed: true, Check: predictionsAgree},
	{Section: "Predicted and measured", Message: "ranges are drawn beside measurements", Timed: true, Figure: "Predicted and measured",
		Check: figure("Predicted and measured", drawn(0))},
	{Section: "AWS before and after 10 November 2026, on this service", Message: "the new policy gives up more purchases, and is faster", Timed: true, Check: awsChange},
	{Section: "AWS before and after 10 November 2026, on this service", Message: "every metric has an interval", Figure: "Change of B against A: aws-since against aws-before",
		Check: figure("Change of B against A: aws-since against aws-before", intervals)},
	{Section: "AWS before and after 10 November 2026, on this service", Message: "between 90 % and 95 % the old policy's curve is far to the right of the new one's", Timed: true, Figure: "Latency: share of requests answered within a time",
		Check: figure("Latency: share of requests answered within a time", func(p Picture) error {
			return errors.Join(p.Curves("aws-before", "aws-since"), p.colorRightOf(palette[2], palette[5]))
		})},
	{Section: "AWS before and after 10 November 2026, on this service", Message: "goodput falls in the fault under both", Figure: "Goodput and attempts over time",
		Check: figure("Goodput and attempts over time", shadedBetween(2, 10, 12, "aws-before", "aws-since"))},
	{Section: "AWS before and after 10 November 2026, on this service", Message: "retries are drawn over time under both", Figure: "Amplification over time",
		Check: figure("Amplification over time", shadedBetween(2, 10, 12, "aws-before", "aws-since"))},
}

// policiesThatRun are those of the notebook that are predicted and measured.
var policiesThatRun = []string{"aws-before", "aws-since", "finagle", "sre-book"}

// recordedUnderFaults checks that both kinds of faults were injected, and that purchases were retried and failed.
func recordedUnderFaults(s Section) error {
	if err := says(`^Fixture plenty applied: `, `^Faults: drop_reply [1-9]\d* times, unavailable [1-9]\d* times, in \d+ requests$`)(s); err != nil {
		return err
	}
	return retriedAndFailed(s, "recorded")
}

// retriedAndFailed checks a stage of 1800 purchases, of which about 154 are sent in the second in which all requests fail.
func retriedAndFailed(s Section, name string) error {
	got, err := stageLine(s, name)
	if err != nil {
		return err
	}
	if got.requests != 1800 || got.success+got.failure != 1800 || got.retries < 10 || got.failure < 10 || got.success < 10 {
		return fmt.Errorf("stage %s is %+v, want 1800 purchases, of which some are confirmed, some fail and some are retried", name, got)
	}
	return nil
}

// policiesRan checks the stages of each policy.
func policiesRan(s Section) error {
	var errs []error
	for _, policy := range policiesThatRun {
		for turn := 1; turn <= 3; turn++ {
			errs = append(errs, retriedAndFailed(s, fmt.Sprint(policy, " ", turn)))
		}
	}
	return errors.Join(errs...)
}

// advised checks the table: the row without retries, and no other, has one attempt a purchase.
func advised(s Section) error {
	t, err := s.Table("amplification")
	if err != nil {
		return err
	}
	for _, name := range append([]string{"measured", "simulated, same policy", "no retries", "original", "grpc"}, policiesThatRun...) {
		r, err := t.Row("policy", name)
		if err != nil {
			return err
		}
		if once := strings.HasPrefix(r["amplification"], "1.000"); once != (name == "no retries") || r["p99 ms"] == "" || r["error_ratio %"] == "" {
			return fmt.Errorf("the row of %s is %q", name, r)
		}
	}
	return says(`^Stage recorded, recorded with 3 attempts, `)(s)
}

// recommended checks the recommendation, and that the model of the recorded policy has a narrow p99.
func recommended(s Section) error {
	t, err := s.Table("amplification")
	if err != nil {
		return err
	}
	var best Row
	for _, r := range t.Rows() {
		if strings.HasPrefix(r["note"], "recommended") {
			best = r
		}
	}
	if best == nil {
		return errors.New("no row has the note that it is recommended")
	}
	model, err := t.Row("policy", "simulated, same policy")
	if err != nil {
		return err
	}
	if strings.Contains(model["p99 ms"]+best["p99 ms"], "cannot tell") {
		return fmt.Errorf("the model's p99 is %s, that of the recommended policy %s", model["p99 ms"], best["p99 ms"])
	}
	return says(`^Recommended: .+ \(\d attempts`, `^Of \d+ policies [1-9]\d* are within the bounds `)(s)
}

// predictionRows checks that each policy has a row for each figure, with its mean between the lowest and the highest.
func predictionRows(s Section) error {
	t, err := s.Table("predicted")
	if err != nil {
		return err
	}
	for _, policy := range policiesThatRun {
		for _, metric := range []string{"p99", "amplification", "error_ratio"} {
			r, err := t.Row("policy", policy, "metric", metric, "stages", "3")
			if err != nil {
				return err
			}
			v, err := r.numbers("low", "high", "measured", "lowest", "highest")
			if err != nil {
				return err
			}
			if !(v[0] <= v[1] && v[3] <= v[2] && v[2] <= v[4] && v[4] > 0) || r["verdict"] == "" {
				return fmt.Errorf("the row of %s of %s is %q", metric, policy, r)
			}
		}
	}
	return says(`^Of 12 predictions \d+ agree with what was measured, `)(s)
}

// predictionsAgree checks that most predictions agree, and few differ.
func predictionsAgree(s Section) error {
	v, err := findNumbers(s, `^Of 12 predictions (\d+) agree with what was measured, (\d+) differ`)
	if err != nil {
		return err
	}
	if v[0] < 9 || v[1] > 1 {
		return fmt.Errorf("%v of 12 predictions agree and %v differ, want 9 or more, and at most one", v[0], v[1])
	}
	return nil
}

// awsChange checks the table: fewer retries in the second in which all fail give up more purchases, and waits
// of at most 100 ms are shorter than those of seconds.
func awsChange(s Section) error {
	t, err := s.Table("change")
	if err != nil {
		return err
	}
	return errors.Join(higher(t, "error_ratio", true), higher(t, "p95", false))
}
