package claims

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
)

// openLoad is the claims of the third notebook. Its stalls take one second of every
// five, and its known service does at most 50 purchases a second.
var openLoad = []Claim{
	{Section: "Set-up and settings", Message: "the settings are valid and a run has begun",
		Check: says(`^Setup complete\. API=http`, `^Policy: 1 attempts?, 5s each`, `^Run: \d{8}-`)},
	{Section: "Connectivity check", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "A service that stalls", Message: "there is stock and money for all stages", Check: says(`^Fixture plenty applied: `)},
	{Section: "Closed: six users", Message: "at most six purchases fall into each of the four stalls", Check: stalledPurchases("closed", 4, 6*4)},
	{Section: "Open: sixty a second", Message: "one arrival in five falls into a stall", Check: stalledPurchases("open", 200, 280)},
	{Section: "Which of the two is right", Message: "the closed p90 and p95 hide the stalls, the open ones show them", Timed: true, Check: hidden},
	{Section: "Which of the two is right", Message: "between 90 % and 95 % the open curve is far to the right of the closed one", Timed: true, Figure: "Latency: share of requests answered within a time",
		Check: figure("Latency: share of requests answered within a time", func(p Picture) error {
			return errors.Join(p.Curves("closed", "open"), p.rightOf(1, 0))
		})},
	{Section: "Which of the two is right", Message: "each of the four stalls is a tooth of the open curve", Timed: true, Figure: "Latency time series by stage",
		Check: figure("Latency time series by stage", func(p Picture) error {
			return errors.Join(p.Curves("closed", "open"), p.Teeth(1, 4))
		})},
	{Section: "A ramp to the knee", Message: "the knee of the known service is at the 50 a second that it cannot exceed", Timed: true, Check: knownKnee},
	{Section: "A ramp to the knee", Message: "confirmed purchases leave the line of arrivals at the marked knee, and the p99 climbs", Timed: true, Figure: "Throughput and p99 against the offered rate",
		Check: figure("Throughput and p99 against the offered rate", func(p Picture) error {
			if err := p.Marked(); err != nil {
				return err
			}
			return p.Curves("known ramp")
		})},
	{Section: "A search for the capacity", Message: "knee and capacity of the known service agree", Timed: true, Check: agree},
	{Section: "The knee and the capacity of the service at API", Message: "the ramp goes to its end", Check: rampEnded},
	{Section: "The knee and the capacity of the service at API", Message: "it is said where the knee is, or that none was seen", Timed: true,
		Check: says(`^ramp: (knee at [\d.]+/s|no knee seen up to 2000/s)`)},
	{Section: "The knee and the capacity of the service at API", Message: "what is confirmed is drawn against what arrives", Figure: "Throughput and p99 against the offered rate",
		Check: figure("Throughput and p99 against the offered rate", curves("ramp"))},
	{Section: "The knee and the capacity of the service at API", Message: "the capacity is a number, and how far the knee is from it is said", Timed: true,
		Check: all(says(`^(The knee, \d|No knee was seen up to \d)`), capacityFound("capacity"))},
	{Section: "Thresholds", Message: "every threshold has a value and a verdict, and one with too few samples does not pass", Check: thresholds},
	{Section: "Thresholds", Message: "a threshold with abort ends the stage early", Check: aborted},
	{Section: "Many buyers", Message: "the products are many, and the first is wanted most", Check: wantedMost},
	{Section: "Many buyers", Message: "keys that were re-used are refused, and nothing else fails",
		Check: says(`^Fixture many applied: 1000 users, 20 products`, `^  \d+ × key_reused, such as: `)},
	{Section: "Many buyers", Message: "latencies and failures are drawn for each product", Figure: "Latency and failures by product",
		Check: figure("Latency and failures by product", drawnOnce)},
	{Section: "Try it yourself", Message: "the cell runs with its literals", Check: all(says(`^rate = 60, seconds = 5$`), anyEnd("try", 300))},
}

// wantedMost checks that eight products are shown, each with no more purchases than the
// one above it, and that the first has several times as many as the last.
func wantedMost(s Section) error {
	t, err := s.Table("product_id")
	if err != nil {
		return err
	}
	var counts []float64
	for _, r := range t.Rows() {
		n, err := r.Number("requests")
		if err != nil {
			return err
		}
		counts = append(counts, n)
	}
	if len(counts) != 8 || !slices.IsSortedFunc(counts, func(a, b float64) int { return cmp.Compare(b, a) }) || counts[0] < 3*counts[7] {
		return fmt.Errorf("the products have %v purchases, want 8 of them, the first with three times as many as the last or more", counts)
	}
	return nil
}

// drawnOnce checks that a stage alone is drawn in the first colour of the house.
func drawnOnce(p Picture) error {
	for _, c := range palette {
		if _, n := p.Extent(c); n > 300 {
			return nil
		}
	}
	return errors.New("no colour of a stage is drawn")
}

// stalledPurchases checks how many purchases of a stage fell into a stall.
func stalledPurchases(name string, least, most float64) func(Section) error {
	return func(s Section) error {
		n, err := findNumbers(s, `stall (\d+) times`)
		if err != nil {
			return err
		}
		if _, err := stageLine(s, name); err != nil {
			return err
		}
		return within("the number of purchases of "+name+" in a stall", n[0], least, most)
	}
}

// hidden checks the percentiles of both stages. Those of the open one cannot be
// less than the stalls make them; windows and schedule begin some milliseconds apart.
func hidden(s Section) error {
	t, err := s.Table("stage")
	if err != nil {
		return err
	}
	at := map[string][]float64{}
	for _, name := range []string{"closed", "open"} {
		r, err := t.Row("stage", name)
		if err != nil {
			return err
		}
		if at[name], err = r.numbers("requests", "p90_ms", "p95_ms", "p99_ms"); err != nil {
			return err
		}
	}
	open, closed := at["open"], at["closed"]
	if open[0] != 1200 || open[1] < 480 || open[2] < 730 || open[3] < 930 {
		return fmt.Errorf("the open stage has %.0f purchases, p90 %.0f, p95 %.0f, p99 %.0f ms; want 1200, and 500, 750, 950 or more", open[0], open[1], open[2], open[3])
	}
	if closed[1] > open[1]/2 || closed[2] > open[2]/2 {
		return fmt.Errorf("the closed p90 and p95 are %.0f and %.0f ms, the open ones %.0f and %.0f; want less than half of them", closed[1], closed[2], open[1], open[2])
	}
	return nil
}

// knee is where a stage's knee is said to be.
func knee(s Section, name string) (rate, before, beyond, confirmed float64, err error) {
	n, err := findNumbers(s, `^`+regexp.QuoteMeta(name)+`: knee at ([\d.]+)/s: up to there (\d+) % of what arrived was confirmed as it arrived, beyond it (\d+) %, which is ([\d.]+)/s$`)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	return n[0], n[1], n[2], n[3], nil
}

// knownKnee checks the knee of a service that does 50 purchases a second at most. A
// busy machine can make it slower, but not faster.
func knownKnee(s Section) error {
	rate, before, beyond, confirmed, err := knee(s, "known ramp")
	if err != nil {
		return err
	}
	if err := within("the knee", rate, 30, 60); err != nil {
		return err
	}
	if err := within("what is confirmed beyond it", confirmed, 25, 53); err != nil {
		return err
	}
	if before < 90 || beyond > 90 {
		return fmt.Errorf("%.0f %% was confirmed before the knee and %.0f %% beyond it, want nearly all and clearly less", before, beyond)
	}
	return nil
}

// capacityFound checks that the table of probes and the sentence tell of one
// capacity.
func capacityFound(search string) func(Section) error {
	return func(s Section) error {
		groups, err := find(s, `^Capacity (?:between |of )?([\d.]+)/s`)
		if err != nil {
			return err
		}
		t, err := s.Table("offered_per_s")
		if err != nil {
			return err
		}
		held := false
		for _, r := range t.Rows() {
			held = held || r["verdict"] == "holds"
		}
		if !held || len(t.Rows()) < 2 {
			return fmt.Errorf("search %s says a capacity of %s/s, but none of its %d probes held", search, groups[0], len(t.Rows()))
		}
		return nil
	}
}

// agree checks that the capacity is that of the known service, and that the sentence
// about the distance is right.
func agree(s Section) error {
	if err := capacityFound("known")(s); err != nil {
		return err
	}
	n, err := findNumbers(s, `^The knee, ([\d.]+)/s, and the capacity, ([\d.]+)/s, are (\d+) % apart$`)
	if err != nil {
		return err
	}
	if err := within("the capacity", n[1], 25, 65); err != nil {
		return err
	}
	apart := 100 * math.Abs(n[0]/n[1]-1)
	if math.Abs(apart-n[2]) > 1 {
		return fmt.Errorf("%.4g/s and %.4g/s are said to be %.0f %% apart, want %.0f", n[0], n[1], n[2], apart)
	}
	return within("the distance in %", n[2], 0, 50)
}

// rampEnded checks that no threshold and no error ended the ramp: its schedule has
// 20500 arrivals, that started or were dropped.
func rampEnded(s Section) error {
	ended, err := findNumbers(s, `^Stage ramp completed: success=(\d+) failure=(\d+)`)
	if err != nil {
		return err
	}
	dropped := 0.
	if n, err := findNumbers(s, `^Stage ramp completed: .* dropped=(\d+)$`); err == nil {
		dropped = n[0]
	}
	return within("the number of arrivals", ended[0]+ended[1]+dropped, 20500, 20500)
}

// thresholds checks that the verdicts follow from the values.
func thresholds(s Section) error {
	for _, t := range s.Tables() {
		if _, err := t.Row("threshold", "p95 < 500ms"); err != nil {
			continue
		}
		for _, r := range t.Rows() {
			if v := r["verdict"]; v != "pass" && v != "fail" && v != "unclear" || r["value"] == "" {
				return fmt.Errorf("threshold %s is %q with the value %q", r["threshold"], v, r["value"])
			}
		}
		if _, err := t.Row("threshold", "dropped == 0", "value", "0", "verdict", "pass"); err != nil {
			return err
		}
		r, err := t.Row("threshold", "p99.9 < 5s")
		if err == nil && r["verdict"] == "pass" {
			err = fmt.Errorf("a p99.9 of too few purchases passes")
		}
		return err
	}
	return fmt.Errorf("it has no table of thresholds")
}

// aborted checks that the stage ended by its threshold before half of its schedule.
func aborted(s Section) error {
	n, err := findNumbers(s, `^Stage broken was stopped after ([\d.]+)s and (\d+) requests by its threshold error_ratio`)
	if err != nil {
		return err
	}
	if err := within("the time at which it was stopped, in s,", n[0], 2, 8); err != nil {
		return err
	}
	return all(says(`^Stage broken stopped: success=\d+ failure=[1-9]`), says(`unavailable \d+ times`))(s)
}

// anyEnd checks that a stage had so many purchases, however they ended.
func anyEnd(name string, requests int) func(Section) error {
	return func(s Section) error {
		got, err := stageLine(s, name)
		if err == nil && got.requests != requests {
			err = fmt.Errorf("stage %s had %d purchases, want %d", name, got.requests, requests)
		}
		return err
	}
}
