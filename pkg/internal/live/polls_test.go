package live

import (
	"strings"
	"testing"
)

// TestPolls: polls are shown wherever there are some, and nowhere else.
func TestPolls(t *testing.T) {
	views := func(polls int) []string {
		v := played(45)
		v.snapshot.Polls, v.snapshot.Recent.Polls = polls, 250
		return []string{v.Text(120), v.Line(), v.End(), v.HTML()}
	}
	for i, text := range views(0) {
		if strings.Contains(text, "poll") {
			t.Errorf("view %d shows polls although there are none: %s", i, text)
		}
	}
	for i, text := range views(900) {
		want := "250.0 polls/s"
		if i == 3 {
			want = `polls</span> <b>250.0/s`
		}
		if !strings.Contains(text, want) {
			t.Errorf("view %d does not have %q: %s", i, want, text)
		}
	}
	if end := views(900)[2]; !strings.Contains(end, "15 retries, 250.0 polls/s, p50") {
		t.Errorf("the end is %q", end)
	}
	for line := range strings.Lines(views(900)[0]) {
		if columns(strings.TrimRight(line, "\n")) > 120 {
			t.Errorf("%q is wider than 120 characters", line)
		}
	}
}
