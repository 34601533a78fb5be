package claims

import (
	"fmt"
	"math"
)

// workers is how many workers a local fleet has.
const workers = 4

// fleet is the claims of the fifth notebook.
var fleet = []Claim{
	{Section: "Set-up and settings", Message: "the settings are valid and a run has begun", Check: says(`^Setup complete\. API=http`, `^Run: \d{8}-`)},
	{Section: "Connectivity check", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "The same stage, from one process and from a fleet", Message: "one process and a fleet record the same purchases, due at the same moments", Check: samePurchases},
	{Section: "The same stage, from one process and from a fleet", Message: "the latencies of both are drawn", Figure: "Latency: share of requests answered within a time",
		Check: figure("Latency: share of requests answered within a time", curves("alone", "fleet"))},
	{Section: "Which worker sent what", Message: "every worker has its row, and the shares add up", Check: sharesAddUp},
	{Section: "Which worker sent what", Message: "each worker has a curve", Figure: "Latency: share of requests answered within a time",
		Check: figure("Latency: share of requests answered within a time", curves("local-1", "local-2", "local-3", "local-4"))},
	{Section: "Audit", Message: "money and stock add up over both stages", Check: all(holdsAll(1), rule("C1", "holds"), rule("C2", "holds"), rule("C3", "holds"), rule("C5", "holds"))},
	{Section: "How many workers does a rate need", Message: "the cost is measured on 3000 purchases", Check: anyEnd("cost", 3000)},
	{Section: "How many workers does a rate need", Message: "the arithmetic of the plan adds up", Check: arithmetic},
}

// samePurchases checks the counts in the table, and the comparison purchase by
// purchase.
func samePurchases(s Section) error {
	t, err := s.Table("stage")
	if err != nil {
		return err
	}
	alone, err := t.Row("stage", "alone")
	if err != nil {
		return err
	}
	n := alone["requests"]
	if _, err := t.Row("stage", "fleet", "requests", n, "success", n); err != nil {
		return err
	}
	if err := says(`^Purchases in both stages: ` + n + `; only in alone: 0; only in fleet: 0; due at most [\d.e-]+ ms apart$`)(s); err != nil {
		return err
	}
	apart, err := findNumbers(s, `; due at most ([\d.e-]+) ms apart$`)
	if err != nil {
		return err
	}
	return within("how far the purchases are apart, in ms,", apart[0], 0, 1)
}

// sharesAddUp checks the workers' rows: arrivals are dealt out in turn, and what is
// planned is recorded, dropped or lost.
func sharesAddUp(s Section) error {
	t, err := s.Table("worker")
	if err != nil {
		return err
	}
	if n := len(t.Rows()); n != workers {
		return fmt.Errorf("%d workers have a row, want %d", n, workers)
	}
	least, most := math.Inf(1), 0.
	for i := 1; i <= workers; i++ {
		r, err := t.Row("worker", fmt.Sprintf("local-%d", i))
		if err != nil {
			return err
		}
		v, err := r.numbers("planned", "recorded", "dropped", "lost", "started", "cpu_us")
		if err != nil {
			return err
		}
		if v[0] != v[1]+v[2]+v[3] || v[3] != 0 || v[4]+v[2] != v[0] || v[5] <= 0 {
			return fmt.Errorf("worker %d planned %.0f, recorded %.0f, dropped %.0f, lost %.0f, at %.4g µs each: it does not add up", i, v[0], v[1], v[2], v[3], v[5])
		}
		least, most = min(least, v[0]), max(most, v[0])
	}
	if most-least > 1 {
		return fmt.Errorf("shares are %.0f to %.0f purchases, want them dealt out in turn", least, most)
	}
	return nil
}

// planLines is the lines of the plan with the numbers in them.
var planLines = map[string]string{
	"cost":    `^an operation costs a worker +([\d.]+) µs of processor time$`,
	"reach":   `^a worker can send +([\d.]+) cores ÷ ([\d.]+) µs = (\d+)/s$`,
	"planned": `^a worker is planned for +(\d+) % of that = (\d+)/s`,
	"want":    `^5000/s need +5000 ÷ (\d+) = ([\d.]+), so (\d+) worker`,
	"under":   `^in flight at once +5000/s × ([\d.]+) ms = (\d+)`,
}

// arithmetic checks each line of the plan by the numbers in it, as exactly as they
// are rounded.
func arithmetic(s Section) error {
	n := map[string][]float64{}
	for line, pattern := range planLines {
		var err error
		if n[line], err = findNumbers(s, pattern); err != nil {
			return err
		}
	}
	reach, planned, want, under := n["reach"], n["planned"], n["want"], n["under"]
	for _, line := range []struct {
		what           string
		got, want, off float64
	}{
		{"the cost", reach[1], n["cost"][0], 0},
		{"what a worker reaches", reach[2], reach[0] / reach[1] * 1e6, .02 * reach[2]},
		{"what a worker is planned for", planned[1], planned[0] / 100 * reach[2], 2},
		{"what the rate is divided by", want[0], planned[1], 0},
		{"how many workers' work it is", want[1], 5000 / want[0], .01},
		{"how many workers it wants", want[2], math.Max(1, math.Ceil(want[1])), 0},
		{"what is under way at once", under[1], 5 * under[0], 1},
	} {
		if math.Abs(line.got-line.want) > line.off {
			return fmt.Errorf("%s is %v, want %.4g", line.what, line.got, line.want)
		}
	}
	return nil
}
