package defect

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// TroubleSyntax describes what ParseTrouble reads.
const TroubleSyntax = "lost_reply=PROBABILITY,duplicate=PROBABILITY,failed_undo=TIMES,delay=DURATION,down=stock|payments|orders:FROM-TO"

// ParseTrouble reads trouble from a command line, such as
//
//	lost_reply=0.1,duplicate=0.1,failed_undo=2,delay=5ms,down=payments:2s-5s
//
// Every part may be left out, and down may be given several times. "" is none.
func ParseTrouble(text string) (Trouble, error) {
	var t Trouble
	if strings.TrimSpace(text) == "" {
		return t, nil
	}
	var errs []error
	given := map[string]bool{}
	for _, part := range strings.Split(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		if given[name] && name != "down" {
			errs = append(errs, fmt.Errorf("trouble: %s is given twice", name))
			continue
		}
		given[name] = true
		if err := t.set(name, value); err != nil {
			errs = append(errs, err)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return Trouble{}, err
	}
	return t, t.Validate()
}

func (t *Trouble) set(name, value string) (err error) {
	want := ""
	switch name {
	case "lost_reply":
		want = "a probability such as 0.1"
		t.LostReply, err = strconv.ParseFloat(value, 64)
	case "duplicate":
		want = "a probability such as 0.1"
		t.Duplicate, err = strconv.ParseFloat(value, 64)
	case "failed_undo":
		want = "a number"
		t.FailedUndo, err = strconv.Atoi(value)
	case "delay":
		want = "a duration such as 5ms"
		t.Delay, err = time.ParseDuration(value)
	case "down":
		want = "a participant and times, such as payments:2s-5s"
		var o Outage
		o, err = parseOutage(value)
		t.Outages = append(t.Outages, o)
	default:
		return fmt.Errorf("trouble: %.40q is unknown; write %s", name, TroubleSyntax)
	}
	if err != nil {
		return fmt.Errorf("trouble: %s is %.40q, want %s", name, value, want)
	}
	return nil
}

func parseOutage(text string) (o Outage, err error) {
	participant, times, found := strings.Cut(text, ":")
	from, to, found2 := strings.Cut(times, "-")
	if !found || !found2 {
		return o, errors.New("incomplete")
	}
	o.Participant = participant
	if o.From, err = time.ParseDuration(from); err != nil {
		return o, err
	}
	o.To, err = time.ParseDuration(to)
	return o, err
}

// String formats t as ParseTrouble reads it.
func (t Trouble) String() string {
	var parts []string
	add := func(given bool, format string, args ...any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(t.LostReply != 0, "lost_reply=%v", t.LostReply)
	add(t.Duplicate != 0, "duplicate=%v", t.Duplicate)
	add(t.FailedUndo != 0, "failed_undo=%d", t.FailedUndo)
	add(t.Delay != 0, "delay=%v", t.Delay)
	for _, o := range t.Outages {
		add(true, "down=%s:%v-%v", o.Participant, o.From, o.To)
	}
	return strings.Join(parts, ",")
}
