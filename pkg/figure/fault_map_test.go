package figure

import (
	"fmt"
	"testing"

	"gonum.org/v1/plot"
)

const arithmetic = "8 calls, 6 kinds of faults (5 make a call fail), at most 2 faults on 3 attempts: 1 + 8·6 + 28·36 + 8·5·6 = 1,297 schedules by the formula + 48 on calls that only faults lead to = 943 executed + 402 skipped"

const noneBroke = "At most 2 faults of 6 kinds on the first 3 attempts of each call of two purchases of the last piece broke none of 19 rules: 1,345 schedules, 943 executed, 402 skipped"

const (
	exchanged = "the same with equal purchases exchanged"
	alike     = "a reset reply did at this step what a dropped one did"
)

var callKinds = []string{"drop_reply", "hang_reply", "duplicate", "reset_reply", "drop_request", "unavailable"}

// certified is the cells of a search that found nothing.
func certified() (cells []FaultCell) {
	for _, step := range [][2]string{{"", ""}, {"stock", "POST /reserve"}, {"payments", "POST /charge"}, {"stock", "POST /sell"}, {"stock", "POST /release"}} {
		for attempt := 1; attempt <= 2; attempt++ {
			for i, kind := range callKinds {
				c := FaultCell{Participant: step[0], Step: step[1], Attempt: attempt, Fault: kind}
				switch {
				case step[1] == "POST /release":
					c.NotReached = 29 - 14*attempt
				case attempt == 2:
					c.Survived = 10 + i
				default:
					c.Survived, c.Skipped = 40+i, map[string]int{exchanged: 22 - i}
				}
				if kind == "reset_reply" && attempt == 2 {
					c.Survived, c.Skipped = 0, map[string]int{alike: 12}
				}
				cells = append(cells, c)
			}
		}
	}
	return cells
}

// interrupted is the cells of a search that found a violation and tried nothing behind it.
func interrupted() (cells []FaultCell) {
	for _, c := range certified() {
		switch {
		case c.Attempt == 2 || c.Step == "POST /release" || c.Step == "POST /sell" && c.Fault != "drop_reply" && c.Fault != "hang_reply":
			continue
		case c.Step == "POST /charge" && c.Fault == "drop_reply":
			c.Broke, c.Rule, c.Survived = 2, "C3", 0
		}
		c.Survived, c.Skipped = min(c.Survived, 1), nil
		cells = append(cells, c)
	}
	return cells
}

// crowdOfCells is the hardest case: long names, large counts, all lines in one cell, and kinds of later.
func crowdOfCells() (cells []FaultCell) {
	for s := range 16 {
		for attempt := 1; attempt <= 3; attempt++ {
			for i, kind := range append([]string{"kill", "a_kind_of_later"}, callKinds...) {
				c := FaultCell{Participant: "payment-authorisations-service", Step: fmt.Sprintf("POST /v%d/payment_intents/{id}/confirm", s), Attempt: attempt, Fault: kind, Survived: 123456, NotReached: 1000}
				if i == 3 && s == 1 {
					c.Broke, c.Rule, c.Skipped = 54321, "C10", map[string]int{exchanged: 1000, alike: 2000}
				}
				cells = append(cells, c)
			}
		}
	}
	return cells
}

func TestFaultMapGoldenImages(t *testing.T) {
	for name, c := range map[string]struct {
		title   string
		cells   []FaultCell
		caption string
	}{
		"faults_certified":   {noneBroke, certified(), arithmetic},
		"faults_interrupted": {lostReply, interrupted(), "found after 14 executions"},
		"faults_crowded":     {noneBroke, crowdOfCells(), arithmetic},
		"faults_one":         {"One purchase, one kind of fault", []FaultCell{{Attempt: 1, Fault: "drop_reply", Survived: 1}}, "1 + 1 = 2 schedules"},
	} {
		checkHigh(t, name, FaultMapHeight(c.title, c.cells, c.caption), func() (*plot.Plot, error) { return FaultMap(c.title, c.cells, c.caption) })
	}
}
