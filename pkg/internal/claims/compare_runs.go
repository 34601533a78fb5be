package claims

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
)

// compareRuns is the claims of the fourth notebook. Which requests fail follows from
// seeds, and how much slower a build is from its delays.
var compareRuns = []Claim{
	{Section: "Set-up and settings", Message: "the settings are valid and a run has begun",
		Check: says(`^Setup complete\. API=http`, `^Policy: 3 attempts, 5s each, waits \[100ms 200ms 400ms\]$`, `^Run: \d{8}-`)},
	{Section: "Connectivity check", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "The same thing twice", Message: "both stages are the same load, all of it confirmed",
		Check: all(ended("first", 1000, 1000, 0), ended("second", 1000, 1000, 0))},
	{Section: "The same thing twice", Message: "what cannot differ has no difference shown, and it is counted what chance did to the rest", Check: sameTwice},
	{Section: "The same thing twice", Message: "every metric has an interval", Figure: "Change of B against A: second against first",
		Check: figure("Change of B against A: second against first", intervals)},
	{Section: "Two policies", Message: "six jittered attempts give up less often than three fixed ones", Check: giveUps},
	{Section: "Two policies", Message: "the jittered policy has fewer errors and a shorter p95", Timed: true, Check: policies},
	{Section: "Two policies", Message: "every metric has an interval", Figure: "Change of B against A: jittered against fixed",
		Check: figure("Change of B against A: jittered against fixed", intervals)},
	{Section: "Two policies", Message: "between 90 % and 95 % the fixed policy's curve is far to the right of the jittered one's", Timed: true, Figure: "Latency: share of requests answered within a time",
		Check: figure("Latency: share of requests answered within a time", func(p Picture) error {
			return errors.Join(p.Curves("fixed", "jittered"), p.rightOf(0, 1))
		})},
	{Section: "Two builds", Message: "each build runs three times, all of it confirmed", Check: buildsRan},
	{Section: "Two builds", Message: "the slower build is worse in the median, and no difference is shown in errors", Timed: true, Check: slower},
	{Section: "Two builds", Message: "the median's interval is marked as worse", Timed: true, Figure: "Change of B against A: new build against old build",
		Check: figure("Change of B against A: new build against old build", firstIsWorse)},
	{Section: "A gate", Message: "the gate on the median is violated, the one on an unchanged metric holds", Timed: true, Check: gates},
}

// verdicts is what a comparison may say of a metric.
var verdicts = []string{"better", "worse", "no difference shown", "too few samples"}

// sameTwice checks that the counts, which do not depend on time, have no difference
// shown, and that the last line counts the verdicts of the table.
func sameTwice(s Section) error {
	t, err := s.Table("metric")
	if err != nil {
		return err
	}
	for _, metric := range []string{"error_ratio", "unknown_ratio", "amplification"} {
		if _, err := t.Row("metric", metric, "change", "0", "verdict", "no difference shown"); err != nil {
			return err
		}
	}
	counted := map[string]int{}
	for _, r := range t.Rows() {
		counted[r["verdict"]]++
	}
	said, err := find(s, `^Of (\d+) metrics: better (\d+), worse (\d+), no difference shown (\d+), too few samples (\d+)$`)
	if err != nil {
		return err
	}
	want := []string{strconv.Itoa(len(t.Rows()))}
	for _, v := range verdicts {
		want = append(want, strconv.Itoa(counted[v]))
	}
	if fmt.Sprint(said) != fmt.Sprint(want) || counted["better"]+counted["worse"] == len(t.Rows()) {
		return fmt.Errorf("the last line counts %v, the table has %v", said, want)
	}
	return nil
}

// giveUps checks the failures of three executions each: 0.3³ of 1260 purchases are
// 34, 0.3⁶ are 1.
func giveUps(s Section) error {
	given := map[string]int{}
	for _, policy := range []string{"fixed", "jittered"} {
		for turn := 1; turn <= 3; turn++ {
			got, err := stageLine(s, fmt.Sprintf("%s %d", policy, turn))
			if err != nil {
				return err
			}
			if got.requests != 420 {
				return fmt.Errorf("%s %d had %d purchases, want 420", policy, turn, got.requests)
			}
			given[policy] += got.failure
		}
	}
	if given["fixed"] < 15 || given["jittered"] > given["fixed"]/3 {
		return fmt.Errorf("three attempts gave up %d times, six attempts %d times; want 15 or more, and less than a third of it", given["fixed"], given["jittered"])
	}
	return nil
}

// policies checks the table: errors, most of which seeds decide, and p95, in which
// the fixed policy waits 300 ms and the other one 60 ms at most.
func policies(s Section) error {
	t, err := s.Table("metric")
	if err != nil {
		return err
	}
	for _, metric := range []string{"error_ratio", "p95"} {
		if err := higher(t, metric, false); err != nil {
			return err
		}
		if r, err := t.Row("metric", metric); err != nil || r["verdict"] == "worse" {
			return fmt.Errorf("%s is worse under the jittered policy (%v)", metric, err)
		}
	}
	return nil
}

// higher checks that a metric's value is higher in B, or lower.
func higher(t Table, metric string, want bool) error {
	r, err := t.Row("metric", metric)
	if err != nil {
		return err
	}
	v, err := r.numbers("a", "b")
	if err != nil {
		return err
	}
	if v[0] == v[1] || v[1] > v[0] != want {
		return fmt.Errorf("%s went from %.4g to %.4g, want it higher: %v", metric, v[0], v[1], want)
	}
	return nil
}

// buildsRan checks the six executions.
func buildsRan(s Section) error {
	var errs []error
	for _, build := range []string{"old", "new"} {
		for turn := 1; turn <= 3; turn++ {
			errs = append(errs, ended(fmt.Sprintf("%s build %d", build, turn), 420, 420, 0)(s))
		}
	}
	return errors.Join(errs...)
}

// slower checks the table of the builds: four calls are held back by 130 ms more,
// 260 ms on the median. What else runs on a machine shows in the upper percentiles
// first, and may widen their intervals.
func slower(s Section) error {
	t, err := s.Table("metric")
	if err != nil {
		return err
	}
	if _, err := t.Row("metric", "p50", "verdict", "worse"); err != nil {
		return err
	}
	for _, metric := range []string{"p50", "p90", "p95", "mean"} {
		if err := higher(t, metric, true); err != nil {
			return err
		}
	}
	_, err = t.Row("metric", "error_ratio", "change", "0", "verdict", "no difference shown")
	return err
}

// gates checks the verdicts that follow from the delays. On a busy machine the other
// gates may be unclear, but no slower build passes one on its latency.
func gates(s Section) error {
	t, err := s.Table("gate")
	if err != nil {
		return err
	}
	for _, g := range []struct{ gate, want, never string }{
		{"p50 < +20%", "violated", ""}, {"p95 < +20%", "", "holds"}, {"error_ratio < +1pp", "holds", ""}, {"goodput > -10%", "", "violated"},
	} {
		r, err := t.Row("gate", g.gate)
		if err != nil {
			return err
		}
		if v := r["verdict"]; g.want != "" && v != g.want || v == g.never {
			return fmt.Errorf("gate %s is %s (%s), want %s", g.gate, v, r["because"], cmp.Or(g.want, "anything but "+g.never))
		}
	}
	if overall, err := find(s, `^Gates: \d+ hold, \d+ violated, \d+ unclear: (.*)$`); err == nil && overall[0] != "violated" {
		return fmt.Errorf("the gates are %s in all, want violated", overall[0])
	}
	return nil
}
