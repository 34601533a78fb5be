package claims

import (
	"errors"
	"fmt"
)

// loadAndRetry is the claims of the first notebook.
var loadAndRetry = []Claim{
	{Section: "Set-up and settings", Message: "the settings are valid and a run has begun",
		Check: says(`^Setup complete\. API=http`, `^Policy: 3 attempts, 5s each, waits \[1s 2s 4s\]$`, `^Run: \d{8}-`)},
	{Section: "Helper: POST with retries and exponential backoff", Message: "503, 503 and 201 are three attempts under one key, after waits of 1 s and 2 s",
		Check: rehearsal},
	{Section: "Connectivity check", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "Sequential test cases (normal / insufficient balance / out of stock)", Message: "the cases answer 201, 402 and 409",
		Check: cases},
	{Section: "Staged load tests (light / medium / heavy)", Message: "there is stock and money for all stages",
		Check: says(`^Fixture plenty applied: `)},
	{Section: "Light", Message: "50 purchases are sent and confirmed", Check: confirmedAll("light", 50)},
	{Section: "Medium", Message: "200 purchases are sent and confirmed", Check: confirmedAll("medium", 200)},
	{Section: "Heavy", Message: "1000 purchases are sent and confirmed", Check: confirmedAll("heavy", 1000)},
	{Section: "Summary", Message: "each stage has a line with its counts and its percentiles in order", Check: stagesSummary},
	{Section: "Success and failure by stage", Message: "the stages have 50, 200 and 1000 successes", Figure: "Success/Failure by stage",
		Check: figure("Success/Failure by stage", barsOf(50, 200, 1000))},
	{Section: "Latency distribution by stage", Message: "each stage has a distribution of its own", Figure: "Latency distribution by stage",
		Check: figure("Latency distribution by stage", curves("light", "medium", "heavy"))},
	{Section: "Latency time series by stage", Message: "each stage's latencies are drawn in the order of starts", Figure: "Latency time series by stage",
		Check: figure("Latency time series by stage", func(p Picture) error { return p.series("light", "medium", "heavy") })},
	{Section: "Attempts by final outcome", Message: "one attempt is enough for every purchase of every stage", Figure: "Operations by number of attempts and final outcome",
		Check: figure("Operations by number of attempts and final outcome", barsOf(1, 1, 1))},
	{Section: "Failures by reason", Message: "two of the three cases fail, each for its reason", Figure: "Failures by reason",
		Check: figure("Failures by reason", func(p Picture) error {
			if n := len(p.Legend()); n < 2 {
				return fmt.Errorf("%d cases have a bar, want 2", n)
			}
			return nil
		})},
}

// rehearsal checks the attempts and their waits: those that the policy asks for
// exactly, those that took place as no shorter.
func rehearsal(s Section) error {
	err := says(`^Temporary server error \(HTTP 503\)(, retry 1/3|: attempt 1 of 3 failed, next) after 1s$`, `^Temporary server error \(HTTP 503\)(, retry 2/3|: attempt 2 of 3 failed, next) after 2s$`,
		`^attempt 1: waited 0\.0 s, HTTP 503$`, `^success=true after 3 attempts, all under the key [0-9a-f-]{36}$`)(s)
	waits, waitErr := findNumbers(s, `^attempt 2: waited ([\d.]+) s, HTTP 503$\n^attempt 3: waited ([\d.]+) s, HTTP 201$`)
	if waitErr == nil && (waits[0] < 1 || waits[1] < 2) {
		waitErr = fmt.Errorf("the waits were %.1f s and %.1f s, want 1 s and 2 s or more", waits[0], waits[1])
	}
	return errors.Join(err, waitErr)
}

// cases checks the answers in the sentences and in the table.
func cases(s Section) error {
	if err := says(`^Case=normal success=true status=201 `, `^Case=insufficient_balance success=false status=402 .*insufficient_balance: `,
		`^Case=out_of_stock success=false status=409 .*out_of_stock: `)(s); err != nil {
		return err
	}
	t, err := s.Table("case")
	if err != nil {
		return err
	}
	for _, want := range [][]string{
		{"case", "normal", "success", "true", "status", "201", "reason", "", "attempts", "1"},
		{"case", "insufficient_balance", "success", "false", "status", "402", "reason", "insufficient_balance", "attempts", "1"},
		{"case", "out_of_stock", "success", "false", "status", "409", "reason", "out_of_stock", "attempts", "1"},
	} {
		if _, err := t.Row(want...); err != nil {
			return err
		}
	}
	return nil
}

// confirmedAll checks that a stage has exactly so many purchases, all confirmed.
func confirmedAll(name string, requests int) func(Section) error {
	return all(ended(name, requests, requests, 0), says(fmt.Sprintf(`^Stage %s completed: success=%d failure=0$`, name, requests)))
}

// stagesSummary checks the rows of the three stages.
func stagesSummary(s Section) error {
	t, err := s.Table("stage")
	if err != nil {
		return err
	}
	for name, requests := range map[string]string{"light": "50", "medium": "200", "heavy": "1000"} {
		r, err := t.Row("stage", name, "requests", requests, "success", requests, "failure", "0", "unknown", "0", "amplification", "1")
		if err != nil {
			return err
		}
		v, err := r.numbers("p50_ms", "p90_ms", "p95_ms", "p99_ms", "max_ms")
		if err != nil {
			return err
		}
		for i := 1; i < len(v); i++ {
			if v[i-1] <= 0 || v[i] < .99*v[i-1] { // shown with three digits
				return fmt.Errorf("the percentiles of stage %s are %v, want them above 0 and ascending", name, v)
			}
		}
	}
	return nil
}

// barsOf checks that a picture has a bar in each stage's colour, as high as the
// numbers are to one another.
func barsOf(sizes ...float64) func(Picture) error {
	return func(p Picture) error {
		most, heights := 0., make([]float64, len(sizes))
		toAxis := p.part(dataTop, .89)
		for i, size := range sizes {
			r, _ := p.extentIn(toAxis, palette[i])
			heights[i] = float64(r.Dy())
			most = max(most, heights[i]/size)
		}
		for i, size := range sizes {
			if got := heights[i] / most; got < .9*size || got > 1.1*size {
				return fmt.Errorf("its bars are %.0f pixels high, want them as %v to one another", heights, sizes)
			}
		}
		return nil
	}
}
