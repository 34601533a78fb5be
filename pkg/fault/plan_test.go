package fault

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestParsePlan(t *testing.T) {
	s := time.Second
	for _, tt := range []struct {
		in    string
		want  Plan
		fault string // "" for none
	}{
		{in: `{}`},
		{in: `{"seed": 18446744073709551615, "windows": []}`, want: Plan{Seed: math.MaxUint64}},
		{
			in:   `{"seed": 7, "windows": [{"from": "2s", "to": "5s", "fault": "drop_reply", "probability": 0.3}]}`,
			want: Plan{Seed: 7, Windows: []Window{{From: 2 * s, To: 5 * s, Fault: DropReply, Probability: 0.3}}},
		},
		{
			in:   `{"windows": [{"from": "0s", "to": "1m", "fault": "unavailable", "status": 502, "retry_after": "2s"}, {"from": "500ms", "to": "1s", "fault": "wire_reply_cut", "bytes": 300}]}`,
			want: Plan{Windows: []Window{{To: time.Minute, Fault: Unavailable, Probability: 1, Status: 502, RetryAfter: 2 * s}, {From: s / 2, To: s, Fault: WireReplyCut, Probability: 1, Bytes: 300}}},
		},
		{in: `{"windows": [{"from": "0s", "to": "1s", "fault": "slow", "probability": 0, "delay": "200ms"}]}`, want: Plan{Windows: []Window{{To: s, Fault: Slow, Delay: s / 5}}}},
		{ // share is the old name of probability
			in:   `{"windows": [{"from": "0s", "to": "1s", "fault": "hang", "share": 0.3}, {"from": "0s", "to": "1s", "fault": "hang", "share": 0}]}`,
			want: Plan{Windows: []Window{{To: s, Fault: Hang, Probability: 0.3}, {To: s, Fault: Hang}}},
		},
		{in: `{"windows": [{"from": "0s", "to": "1s", "fault": "hang", "share": 0.3, "probability": 0.3}]}`, fault: "windows[0]: probability and share are given"},
		{in: ``, fault: "ends too early"},
		{in: `{"windows": [`, fault: "ends too early"},
		{in: `{} {}`, fault: "something follows"},
		{in: `{}x`, fault: "something follows"},
		{in: `{"seed" 7}`, fault: "invalid character"},
		{in: `[]`, fault: "cannot unmarshal array"},
		{in: `{"sede": 7}`, fault: `unknown field "sede"`},
		{in: `{"windows": [{"from": "0s", "to": "1s", "fault": "slow", "delai": "1s"}]}`, fault: `unknown field "delai"`},
		{in: `{"seed": -1}`, fault: "cannot unmarshal number -1"},
		{in: `{"windows": [{"to": "1s", "fault": "hang"}]}`, fault: "windows[0]: from is missing"},
		{in: `{"windows": [{"from": "0s", "to": 5, "fault": "hang"}]}`, fault: "cannot unmarshal number"},
		{in: `{"windows": [{"from": "0s", "to": "5", "fault": "hang"}]}`, fault: `windows[0]: to is "5"`},
		{in: `{"windows": [{"from": "0s", "to": "soon", "fault": "hang"}, {"from": "x", "to": "1s", "fault": "hang"}]}`, fault: `windows[1]: from is "x"`},
		{in: `{"windows": [{"from": "0s", "to": "1s", "fault": "gremlin"}]}`, fault: "no such fault; there are [drop_reply"},
		{in: strings.Repeat(" ", MaxPlan) + `{}`, fault: "want at most 1048576"},
	} {
		got, err := ParsePlan([]byte(tt.in))
		if tt.fault != "" {
			if err == nil || !strings.Contains(err.Error(), tt.fault) || !strings.HasPrefix(err.Error(), "fault plan: ") {
				t.Errorf("ParsePlan(%.80q) = %+v, %v; want an error with %q", tt.in, got, err, tt.fault)
			}
			continue
		}
		if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("ParsePlan(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
	}
}

func TestValidate(t *testing.T) {
	s := time.Second
	for _, tt := range []struct {
		window Window
		faults []string // all of them, none for a valid one
	}{
		{Window{To: s, Fault: DropReply, Probability: 0.5}, nil},
		{Window{To: s, Fault: DropReply}, nil},
		{Window{To: MaxTime, Fault: Hang, Probability: 1, Delay: MaxDelay}, nil},
		{Window{To: s, Fault: Unavailable, Probability: 1, Status: 599, RetryAfter: MaxRetryAfter}, nil},
		{Window{To: s, Fault: Kill, Probability: 1}, nil},
		{Window{From: -s, To: -s, Fault: DropReply, Probability: 2}, []string{"from is -1s", "to is -1s, want later", "probability is 2"}},
		{Window{From: s, To: MaxTime + 1, Fault: DropReply}, []string{"want at most 24h"}},
		{Window{To: s, Fault: DropReply, Probability: math.NaN()}, []string{"probability is NaN"}},
		{Window{To: s, Fault: ""}, []string{"no such fault"}},
		{Window{To: s, Fault: Failed}, []string{"no such fault"}},
		{Window{To: s, Fault: Unavailable, Status: 404, RetryAfter: s / 2}, []string{"status is 404", "whole seconds"}},
		{Window{To: s, Fault: Unavailable, RetryAfter: -s, Delay: s, Bytes: 1}, []string{"retry_after is -1s", "delay is 1s, which only", "bytes is 1, which only"}},
		{Window{To: s, Fault: Slow, Status: 503, RetryAfter: s}, []string{"status is 503, which only", "retry_after is 1s, which only", "delay is 0s, want more"}},
		{Window{To: s, Fault: Duplicate, Delay: MaxDelay + 1}, []string{"delay is 5m0.000000001s"}},
		{Window{To: s, Fault: WireReplyLost, Probability: 0.3}, []string{"probability is 0.3, want 1"}},
		{Window{To: s, Fault: WireReplyCut, Probability: 1}, []string{"bytes is 0, want at least 1"}},
		{Window{To: s, Fault: Kill}, []string{"probability is 0, want 1"}},
		{Window{To: s, Fault: DropReply, Share: 0.3}, []string{"Window.Share was renamed: write Probability: 0.3"}},
		{Window{To: s, Fault: Kill, Share: 1}, []string{"Window.Share was renamed: write Probability: 1"}},
		{Window{To: -s, Fault: Kill, Share: 0.5}, []string{"Window.Share was renamed", "to is -1s", "probability is 0.5, want 1"}},
	} {
		err := Plan{Windows: []Window{tt.window}}.Validate()
		text := ""
		if err != nil {
			text = err.Error()
		}
		if n := strings.Count(text, "fault plan: "); n != len(tt.faults) {
			t.Errorf("Validate(%+v) reports %d faults, want %d: %v", tt.window, n, len(tt.faults), err)
		}
		for _, f := range tt.faults {
			if !strings.Contains(text, f) {
				t.Errorf("Validate(%+v) = %v, want it to say %q", tt.window, err, f)
			}
		}
	}
	if err := (Plan{Windows: make([]Window, MaxWindows+1)}).Validate(); err == nil || strings.Count(err.Error(), "\n") > 0 {
		t.Errorf("Validate(1001 windows) = %v, want one line", err)
	}
	two := Plan{Windows: []Window{{To: s, Fault: "a"}, {To: s, Fault: "b"}}}
	if err := two.Validate(); err == nil || !strings.Contains(err.Error(), "windows[0] (a)") || !strings.Contains(err.Error(), "windows[1] (b)") {
		t.Errorf("Validate(two bad windows) = %v, want both", err)
	}
}

// A window is written with the new name only, and one that sets the old name not
// at all: read again it would never do its fault.
func TestWindowIsWrittenWithProbability(t *testing.T) {
	text, err := json.Marshal(Window{To: time.Second, Fault: DropReply})
	if want := `{"from":"0s","to":"1s","fault":"drop_reply","probability":0}`; err != nil || string(text) != want {
		t.Errorf("written as %s, %v; want %s", text, err, want)
	}
	if text, err := json.Marshal(Plan{Windows: []Window{{To: time.Second, Fault: DropReply, Share: 0.3}}}); err == nil || !strings.Contains(err.Error(), "write Probability: 0.3") {
		t.Errorf("a window with Share is written as %s, %v; want it refused", text, err)
	}
}

func FuzzParsePlan(f *testing.F) {
	f.Add(`{"seed": 7, "windows": [{"from": "2s", "to": "5s", "fault": "drop_reply", "share": 0.3}]}`)
	f.Add(`{"windows": [{"from": "0s", "to": "1h", "fault": "unavailable", "status": 500, "retry_after": "1s"}]}`)
	f.Add(`{"windows": [{"from": "0.1s", "to": "1h", "fault": "wire_reply_cut", "bytes": 3}]}`)
	f.Add(`{"windows": [{"from": "0s", "to": "1s", "fault": "slow", "delay": "1ms", "share": 1e-9}]}`)
	f.Add(`{"windows": [{"from": "2s", "to": "5s", "fault": "drop_reply", "probability": 0.3}]}`)
	f.Add(`null`)
	f.Fuzz(func(t *testing.T, in string) {
		p, err := ParsePlan([]byte(in))
		if err != nil {
			return
		}
		if err := p.Validate(); err != nil {
			t.Fatalf("ParsePlan(%q) is not valid: %v", in, err)
		}
		text, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("ParsePlan(%q) cannot be written: %v", in, err)
		}
		second, err := ParsePlan(text)
		if err != nil || !reflect.DeepEqual(second, p) {
			t.Fatalf("ParsePlan(%q) = %+v, written as %s, is read as %+v, %v", in, p, text, second, err)
		}
	})
}
