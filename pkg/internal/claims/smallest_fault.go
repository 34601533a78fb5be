package claims

import (
	"fmt"
	"image/color"
	"regexp"
	"strconv"
)

// smallestFault is the claims of the seventh notebook. How many schedules there are follows from the
// calls of the reference service; how often a violation comes again that needs two purchases depends on
// the moment at which they meet.
var smallestFault = []Claim{
	{Section: "Settings", Message: "the settings are valid and a run has begun", Check: says(`^Setup complete\. API=http`, `^Run: \d{8}-`)},
	{Section: "Settings", Message: "the service answers", Check: says(`^Connectivity check OK: http`)},
	{Section: "A saga in three processes", Message: "one purchase is charged and confirmed once",
		Check: says(`^Started a reference service for this cell, in three processes`, `^One purchase: charged once, confirmed once$`, `^Violated: no rule$`)},
	{Section: "A saga in three processes", Message: "its calls are drawn, each answered", Figure: "one purchase: the calls",
		Check: figure("one purchase: the calls", inked(palette[1], 2000))},
	{Section: "A fault by hand", Message: "the lost reply is asked for again, and nothing is charged twice",
		Check: says(`^One purchase; the reply to the first charge at payments is lost: charged once, confirmed once$`, `^Violated: no rule$`)},
	{Section: "A fault by hand", Message: "the fault is drawn beside the call", Figure: "lost reply: the calls",
		Check: figure("lost reply: the calls", inked(black, 1000))},
	{Section: "The search where nothing is wrong", Message: "no fault breaks a rule, and all schedules are accounted for",
		Check: all(says(`^At most 1 fault of 6 kinds .* broke none of \d+ rules: \d+ schedules, \d+ executed, \d+ skipped$`, `^Judged: .*C1, C2, C3`), addsUp(3))},
	{Section: "The search where nothing is wrong", Message: "no cell of the map broke a rule", Figure: "correct: what the search tried",
		Check: figure("correct: what the search tried", allSurvived)},
	{Section: "Two faults at a time", Message: "the schedules of two faults on one purchase are 361, and all are accounted for",
		Check: all(says(`^At most 2 faults of 6 kinds .* broke none of \d+ rules: 361 schedules, `, `: 361 schedules by the formula`, `executed as a sample: 0 did otherwise than said`), addsUp(1))},
	{Section: "Two faults at a time", Message: "no cell of the map broke a rule", Figure: "two faults: what the search tried",
		Check: figure("two faults: what the search tried", allSurvived)},
	{Section: "A retry that charges twice", Message: "one purchase and one lost reply charge twice, and the witness is minimal and comes again each time",
		Check: says(`^One purchase; the reply to the first charge at payments is lost: charged twice, confirmed once `, `^T4 is violated: `, `^So is C3`,
			`^It is minimal: `, `10 of 10 executions of it violated T4 again`, `do charge_payment \(step 3\) of order \S+ took effect a second time`)},
	{Section: "A retry that charges twice", Message: "it says how to replay it", Check: says(`own\.Found\("retries"\)\.Replay\(\)`, `sagalab search --replay \S+/searches/retries\.json`, `--defect=retry_charges_twice$`)},
	{Section: "A retry that charges twice", Message: "the fault is drawn beside the call", Figure: "retries: the calls of the smallest witness",
		Check: figure("retries: the calls of the smallest witness", inked(black, 1000))},
	{Section: "The replay", Message: "the witness comes again, and without the defect it violates nothing",
		Check: says(`^T4 is violated; 10 of 10 executions of it violated T4 again`, `is lost: none of 11 executions violated a rule$`)},
	{Section: "The replay", Message: "the fault is drawn beside the call", Figure: "retries: the calls of the replay",
		Check: figure("retries: the calls of the replay", inked(black, 1000))},
	{Section: "A fault that needs two purchases", Message: "two purchases and one fault are needed, and it came again",
		Check: says(`^Two purchases [^;]+; [^;]+: .* \(a compensation took effect without its step\)$`, `^T2 is violated: `, `^It is minimal: .* ([1-9]|10) of 10 executions of it violated T2 again`)},
	{Section: "A fault that needs two purchases", Message: "the calls of both purchases are drawn, one of them refused", Figure: "release: the calls of the smallest witness",
		Check: figure("release: the calls of the smallest witness", inked(palette[0], 1000))},
}

// black is the ink of a fault in a timeline.
var black = color.RGBA{A: 0xff}

// inked checks that a colour has so many pixels below the legend.
func inked(c color.RGBA, least int) func(Picture) error {
	return func(p Picture) error {
		if _, n := p.extentIn(p.part(.25, .87), c); n < least {
			return fmt.Errorf("%d pixels have the colour %v, want %d or more", n, c, least)
		}
		return nil
	}
}

// The colours of cells of a map whose executions survived, and broke a rule.
var survived, broke = color.RGBA{0x80, 0xcf, 0xb9, 0xff}, palette[6]

// allSurvived checks that a map has cells that survived and none that broke.
func allSurvived(p Picture) error {
	whole := p.part(0, 1)
	_, good := p.extentIn(whole, survived)
	_, bad := p.extentIn(whole, broke)
	if good < 100_000 || bad > 0 {
		return fmt.Errorf("%d pixels are of cells that survived and %d of such that broke, want 100000 or more and 0", good, bad)
	}
	return nil
}

// schedules is the line in which those of some purchases add up.
var schedules = regexp.MustCompile(`(?m): (\d+) schedules by the formula(.*?) = (\d+) executed(.*)$`)

// term is a number that is added or taken away in it.
var term = regexp.MustCompile(`([+-]) (\d+)`)

// addsUp checks that there are so many such lines, and that both sides of each are equal.
func addsUp(lines int) func(Section) error {
	return func(s Section) error {
		found := schedules.FindAllStringSubmatch(s.Text(), -1)
		if len(found) != lines {
			return fmt.Errorf("%d lines add schedules up, want %d", len(found), lines)
		}
		for _, m := range found {
			if left, right := sum(m[1], m[2]), sum(m[3], m[4]); left != right || left == 0 {
				return fmt.Errorf("%d schedules are %d that were executed or skipped:%s", left, right, m[0])
			}
		}
		return nil
	}
}

// sum adds the terms of a text to a number.
func sum(first, terms string) int {
	n, _ := strconv.Atoi(first) // the patterns have digits only
	for _, m := range term.FindAllStringSubmatch(terms, -1) {
		k, _ := strconv.Atoi(m[1] + m[2])
		n += k
	}
	return n
}
