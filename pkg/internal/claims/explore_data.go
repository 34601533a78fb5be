package claims

import (
	"fmt"
	"math"
	"strings"
)

// exploreData is the claims of the eighth notebook.
var exploreData = []Claim{
	{Section: "Set-up and settings", Message: "the settings are valid and a run has begun",
		Check: says(`^Setup complete\. API=http`, `^Policy: 3 attempts, 5s each, waits \[50ms 100ms\]$`, `^Run: \d{8}-`)},
	{Section: "Connectivity check", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "Three stages under a mild fault", Message: "the stages ran in the order of the list, with faults, retries and failures", Check: mildStages},
	{Section: "One table of all stages", Message: "the frame begins with the columns that matter most, and a line says what the table leaves out",
		Check: says(`^stage +index +outcome +status +reason +attempts +latency_ms +service_ms +wait_ms +start_s `, `^\(the first 12 of \d+ columns, without .*message\)$`)},
	{Section: "One table of all stages", Message: "each stage has a row with its count, in the order in which they ran", Check: stageCounts},
	{Section: "The ten slowest, and why", Message: "ten purchases in the order of their latencies, which are attempts and waits", Check: tenSlowest},
	{Section: "The ten slowest, and why", Message: "the attempts of the first three stand beside them", Check: attemptsOfSlowest},
	{Section: "Latency by attempt", Message: "every purchase of stage heavy is in a group of one to three attempts", Check: quantilesByAttempts},
	{Section: "Latency by attempt", Message: "the purchases of unknown outcome stand out", Figure: "latency against attempts, by outcome",
		Check: figure("latency against attempts, by outcome", drawn(0, 5))},
	{Section: "Latency over time", Message: "failed purchases and those of unknown outcome stand out", Figure: "latency against start, by outcome",
		Check: figure("latency against start, by outcome", drawn(0, 5))},
	{Section: "Failures of one stage", Message: "failures are counted by their reason, and their messages are shown", Check: failuresOfOneStage},
	{Section: "Waits against service time", Message: "three attempts waited longer than two", Figure: "wait against service, by attempts",
		Check: figure("wait against service, by attempts", moreWaits)},
	{Section: "A plot of your own", Message: "the groups that are drawn stand in a table with a note of too few samples", Check: p95ByStage},
	{Section: "A plot of your own", Message: "each number of attempts has its bars", Figure: "p95 latency against stage, by attempts",
		Check: figure("p95 latency against stage, by attempts", drawn(2, 5, 1))},
	{Section: "Export", Message: "both files are in the run's directory, with all rows",
		Check: says(`exports.heavy\.csv +1000 +\d+ +[1-9]\d*$`, `exports.stages\.parquet +1250 +\d+ +[1-9]\d*$`)},
}

// mildStages checks the stages' lines and their order.
func mildStages(s Section) error {
	if err := says(`^Fixture plenty applied: `, `^Faults: drop_reply [1-9]\d* times, unavailable [1-9]\d* times, in \d+ requests$`)(s); err != nil {
		return err
	}
	last := -1
	for _, want := range []struct {
		name     string
		requests int
	}{{"light", 50}, {"medium", 200}, {"heavy", 1000}} {
		got, err := stageLine(s, want.name)
		if err != nil {
			return err
		}
		if got.requests != want.requests || got.success+got.failure != want.requests || got.retries == 0 {
			return fmt.Errorf("stage %s is %+v, want %d purchases and retries", want.name, got, want.requests)
		}
		if want.name == "heavy" && got.failure == 0 {
			return fmt.Errorf("stage heavy has no failures")
		}
		at := strings.Index(s.Text(), "Stage "+want.name+" completed")
		if at <= last {
			return fmt.Errorf("stage %s did not end after the stages before it", want.name)
		}
		last = at
	}
	return nil
}

// stageCounts checks the table of groups.
func stageCounts(s Section) error {
	t, err := s.Table("mean_success")
	if err != nil {
		return err
	}
	var names []string
	for _, r := range t.Rows() {
		names = append(names, r["stage"]+" "+r["rows"])
		v, err := r.numbers("mean_success", "p50_latency_ms", "max_latency_ms")
		if err != nil {
			return err
		}
		if !(v[0] > .5 && v[0] <= 1 && v[1] > 0 && v[2] >= v[1]) {
			return fmt.Errorf("stage %s has success, p50 and maximum %v", r["stage"], v)
		}
	}
	if got := strings.Join(names, ", "); got != "light 50, medium 200, heavy 1000" {
		return fmt.Errorf("the groups are %s", got)
	}
	return nil
}

// tenSlowest checks that latencies descend, and that they are made of attempts and waits.
func tenSlowest(s Section) error {
	t, err := s.Table("service_ms")
	if err != nil {
		return err
	}
	before := math.Inf(1)
	for _, r := range t.Rows() {
		v, err := r.numbers("latency_ms", "service_ms", "wait_ms")
		if err != nil {
			return err
		}
		if v[0] > before || v[1]+v[2] > 1.01*v[0]+1 {
			return fmt.Errorf("a purchase of %v ms has %v ms in attempts and %v ms in waits, and the one before it took %v ms", v[0], v[1], v[2], before)
		}
		before = v[0]
	}
	if n := len(t.Rows()); n != 10 {
		return fmt.Errorf("the table has %d rows, want 10", n)
	}
	return nil
}

// attemptsOfSlowest checks that the attempts are those of the first three purchases.
func attemptsOfSlowest(s Section) error {
	slowest, err := s.Table("service_ms")
	if err != nil {
		return err
	}
	t, err := s.Table("attempt_latency_ms")
	if err != nil {
		return err
	}
	attempts := map[string]string{} // the last number of each index
	var order []string
	for _, r := range t.Rows() {
		if _, known := attempts[r["index"]]; !known {
			order = append(order, r["index"])
		}
		attempts[r["index"]] = r["number"]
	}
	if len(order) != 3 {
		return fmt.Errorf("there are attempts of %d purchases, want 3", len(order))
	}
	for i, index := range order {
		want := slowest.Rows()[i]
		if index != want["index"] || attempts[index] != want["attempts"] {
			return fmt.Errorf("the attempts in place %d are %s of purchase %s, want %s of %s", i+1, attempts[index], index, want["attempts"], want["index"])
		}
	}
	return nil
}

// quantilesByAttempts checks that the groups are those of the policy and have all rows.
func quantilesByAttempts(s Section) error {
	t, err := s.Table("p95_latency_ms")
	if err != nil {
		return err
	}
	all := 0.
	for i, r := range t.Rows() {
		v, err := r.numbers("attempts", "rows", "p50_latency_ms", "p95_latency_ms")
		if err != nil {
			return err
		}
		if v[0] != float64(i+1) || v[2] > v[3] {
			return fmt.Errorf("row %d is of %v attempts, with p50 %v and p95 %v", i+1, v[0], v[2], v[3])
		}
		all += v[1]
	}
	if all != 1000 || len(t.Rows()) != 3 {
		return fmt.Errorf("%d groups have %v purchases, want 3 with 1000", len(t.Rows()), all)
	}
	return nil
}

// p95ByStage checks the groups that the bars are drawn of.
func p95ByStage(s Section) error {
	t, err := s.Table("p95_latency_ms")
	if err != nil {
		return err
	}
	all := 0.
	for _, r := range t.Rows() {
		n, err := r.Number("rows")
		if err != nil {
			return err
		}
		if few := strings.Contains(r["note"], "few samples: p95"); few != (n < 200) {
			return fmt.Errorf("a group of %v purchases has the note %q", n, r["note"])
		}
		all += n
	}
	if all != 1250 {
		return fmt.Errorf("the groups have %v purchases, want 1250", all)
	}
	return nil
}

// failuresOfOneStage checks the counts and the messages.
func failuresOfOneStage(s Section) error {
	t, err := s.Table("rows")
	if err != nil {
		return err
	}
	unknown := 0.
	for _, r := range t.Rows() {
		n, err := r.Number("rows")
		if err != nil {
			return err
		}
		known := r["outcome"] == "failed" && r["reason"] == "overloaded"
		if !known && r["outcome"] != "unknown" || r["reason"] == "" || n < 1 {
			return fmt.Errorf("%v purchases ended with %q and the outcome %q", n, r["reason"], r["outcome"])
		}
		if !known {
			unknown += n
		}
	}
	first, err := s.Table("message")
	if err != nil {
		return err
	}
	for _, r := range first.Rows() {
		if r["outcome"] != "unknown" || r["attempts"] != "3" || !strings.Contains(r["message"], "gave up after 3 attempts") {
			return fmt.Errorf("a purchase has the outcome %s after %s attempts: %s", r["outcome"], r["attempts"], r["message"])
		}
	}
	if n := len(first.Rows()); float64(n) != min(unknown, 2) {
		return fmt.Errorf("%d of %v purchases of unknown outcome are shown, want the first 2", n, unknown)
	}
	return nil
}

// drawn checks that a figure has data, and its legend an entry, in colours of the palette.
func drawn(colors ...int) func(Picture) error {
	return func(p Picture) error {
		for _, i := range colors {
			if _, n := p.Extent(palette[i]); n < 50 {
				return fmt.Errorf("%d pixels have the colour %v", n, palette[i])
			}
		}
		if n := len(p.Legend()); n < len(colors) {
			return fmt.Errorf("its legend has %d colours, want %d", n, len(colors))
		}
		return nil
	}
}

// moreWaits checks that the shortest wait of three attempts is above that of two.
func moreWaits(p Picture) error {
	if err := drawn(5, 1)(p); err != nil {
		return err
	}
	two, _ := p.Extent(palette[5])
	three, _ := p.Extent(palette[1])
	if three.Max.Y >= two.Max.Y {
		return fmt.Errorf("its dots reach down to %d for three attempts, to %d for two", three.Max.Y, two.Max.Y)
	}
	return nil
}
