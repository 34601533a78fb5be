package load

import (
	"cmp"
	"errors"
	"math"
	"strings"
	"testing"
	"time"
)

func TestParseStage(t *testing.T) {
	const s = time.Second
	for _, tt := range []struct {
		in, out string // out as String writes it, "" if just the same
		want    Stage
	}{
		{"heavy:1000x200", "", Stage{Name: "heavy", Requests: 1000, VUs: 200}},
		{"a:b:1x2", "", Stage{Name: "a:b", Requests: 1, VUs: 2}},
		{"a,b=@:1x2", "", Stage{Name: "a,b=@", Requests: 1, VUs: 2}},
		{"each:20x50,each,think=100ms", "", Stage{Name: "each", Requests: 20, VUs: 50, PerUser: true, Think: s / 10}},
		{"each:think=100ms,each,20x50", "each:20x50,each,think=100ms", Stage{Name: "each", Requests: 20, VUs: 50, PerUser: true, Think: s / 10}},
		{"ramp:0..50u@30s,50u@60s,think=1s", "ramp:0..50u@30s,50u@1m,think=1s", Stage{Name: "ramp", Users: []Segment{{0, 50, 30 * s}, {50, 50, 60 * s}}, Think: s}},
		{"open:500/s@30s", "", Stage{Name: "open", Rate: Constant(500, 30*s)}},
		{"open:500..500/s@1h0m30s", "open:500/s@1h0m30s", Stage{Name: "open", Rate: Constant(500, 3630*s)}},
		{"knee:50..800/s@60s,800/s@10s,poisson,cap=2000", "knee:50..800/s@1m,800/s@10s,poisson,cap=2000",
			Stage{Name: "knee", Rate: []Segment{{50, 800, 60 * s}, {800, 800, 10 * s}}, Poisson: true, MaxInFlight: 2000}},
		{"slow:1e-3/s@2h,.5/s@2h", "slow:0.001/s@2h,0.5/s@2h", Stage{Name: "slow", Rate: []Segment{{.001, .001, 7200 * s}, {.5, .5, 7200 * s}}}},
		{"m:1000000/s@1s,cap=0", "m:1000000/s@1s", Stage{Name: "m", Rate: Constant(1e6, s)}},
	} {
		got, err := ParseStage(tt.in)
		if err != nil || !got.Equal(tt.want) {
			t.Errorf("ParseStage(%q) = %+v, %v; want %+v", tt.in, got, err, tt.want)
		}
		if want := cmp.Or(tt.out, tt.in); got.String() != want {
			t.Errorf("ParseStage(%q).String() = %q, want %q", tt.in, got.String(), want)
		}
	}
}

func TestParseStageRefuses(t *testing.T) {
	for in, want := range map[string][]string{
		"":                             {"want NAME:", "heavy:1000x200", "cap=2000"},
		"heavy":                        {"want NAME:"},
		"heavy:1000":                   {`"1000" is not a part`},
		"h:x":                          {`"" is not a whole number`},
		"h:1x2x3":                      {`"2x3" is not a whole number`},
		"h:1.5x2":                      {`"1.5" is not a whole number`},
		"h:99999999999999999999x2":     {"not a whole number in range"},
		"h:1x2,3x4":                    {"given twice"},
		"h:1x2,think=1s,think=2s":      {"think is given twice"},
		"h:5/s@1s,poisson,poisson":     {"poisson is given twice"},
		"h:1x2,":                       {`"" is not a part`},
		"h:5@1s":                       {"neither how many VUs nor what rate", "500/s@30s"},
		"h:5/s":                        {"not a part"},
		"h:a..b/s@c,poison":            {`"a" is not a number`, `"b" is not a number`, `"c" is not a time`, `"poison" is not a part`},
		"h:inf/s@1s,nan..1u@1s":        {`"inf" is not a number`, `"nan" is not a number`},
		"h:-5/s@1s":                    {"segment 1 has a value of -5"},
		"h:5/s@-1s,5/s@0s":             {"segment 1 takes -1s: a ramp cannot run backwards", "segment 2 takes no time"},
		"h:5/s@1s,think=1s,cap=-1,2x2": {"think time 1s in the open model", "the cap is -1", "a rate and requests"},
		":1x1":                         {"needs a name"},
	} {
		_, err := ParseStage(in)
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("ParseStage(%q) = %v, want it to mention %q", in, err, w)
			}
		}
	}
	if _, err := ParseStage("h:" + strings.Repeat("?,", 1e6)); err == nil || len(err.Error()) > 10_000 {
		t.Error("a million faults are not reported as a few")
	}
}

func FuzzParseStage(f *testing.F) {
	for _, text := range []string{"heavy:1000x200", "each:20x50,each,think=100ms", "ramp:0..50u@30s,50u@60s,think=1s",
		"open:500/s@30s", "knee:50..800/s@60s,800/s@10s,poisson,cap=2000", "a:b:1x2", "x:0/s@1ns,1e-300..5/s@24h", "x:0x1p4/s@1s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseStage(text)
		if err != nil {
			if !s.Equal(Stage{}) {
				t.Errorf("ParseStage(%q) = %+v beside %v, want nothing", text, s, err)
			}
			return
		}
		if err := s.Validate(); err != nil {
			t.Fatalf("ParseStage(%q) is not valid: %v", text, err)
		}
		again, err := ParseStage(s.String())
		if err != nil || !again.Equal(s) {
			t.Errorf("ParseStage(%q) is %q, which reads as %+v, %v; want %+v", text, s.String(), again, err, s)
		}
		if s.Connections() < 1 || s.Connections() > MaxVUs || s.Planned() < 0 || s.Planned() > MaxRequests || s.Length() > MaxLength {
			t.Errorf("%v is out of bounds: %d connections, %d asked, %v", s, s.Connections(), s.Planned(), s.Length())
		}
		n, last := 0, time.Duration(0)
		for offset := range s.Schedule(1) {
			if offset < last || offset >= s.Length() {
				t.Fatalf("%v: arrival at %v after %v", s, offset, last)
			}
			last = offset
			if n++; n > 1000 {
				break
			}
		}
	})
}

func TestValidateTellsEverythingThatIsWrong(t *testing.T) {
	const s = time.Second
	many := make([]Segment, MaxSegments+1)
	for i := range many {
		many[i] = Segment{1, 1, s}
	}
	for _, tt := range []struct {
		s    Stage
		want []string
	}{
		{Stage{Name: "x", Rate: Constant(math.NaN(), s)}, []string{`stage "x": segment 1 has a value of NaN for rate, want 0 to 1000000`}},
		{Stage{Name: "x", Rate: Ramp(math.Inf(1), -1, s)}, []string{"value of +Inf", "value of -1"}},
		{Stage{Name: "x", Rate: Constant(MaxRate+1, s)}, []string{"value of 1.000001e+06"}},
		{Stage{Name: "x", Rate: Constant(0, s)}, []string{"rate is 0 all the time"}},
		{Stage{Name: "x", Rate: Constant(1e-9, s)}, []string{"want at least 1"}},
		{Stage{Name: "x", Rate: Constant(.1, s), Poisson: true}, []string{"want at least 1"}},
		{Stage{Name: "x", Rate: Constant(MaxRate, 11*s)}, []string{"plans 11000000 operations, want at most 10000000"}},
		{Stage{Name: "x", Rate: Constant(1, 25*time.Hour)}, []string{"more than 24h0m0s"}},
		{Stage{Name: "x", Rate: []Segment{{1, 1, math.MaxInt64}, {1, 1, math.MaxInt64}}}, []string{"more than 24h0m0s"}},
		{Stage{Name: "x", Rate: Ramp(1, 2, -s)}, []string{"backwards in time"}},
		{Stage{Name: "x", Rate: many}, []string{"1001 segments, want at most 1000"}},
		{Stage{Name: "x", Rate: Constant(1, s), Users: Constant(1, s)}, []string{"a rate and ramping users"}},
		{Stage{Name: "x", Users: Constant(1, s), VUs: 1}, []string{"ramping users and requests"}},
		{Stage{Name: "x", Rate: Constant(1, s), PerUser: true}, []string{"a rate and requests, VUs or each"}},
		{Stage{Name: "x", Rate: Constant(1, s), MaxInFlight: MaxVUs + 1}, []string{"cap is 10001"}},
		{Stage{Name: "x", Users: Ramp(.5, 2.5, s)}, []string{"from 0.5 to 2.5 users, want whole"}},
		{Stage{Name: "x", Users: Ramp(0, MaxVUs+1, s)}, []string{"value of 10001 for users"}},
		{Stage{Name: "x", Users: Constant(0, s)}, []string{"0 users all the time"}},
		{Stage{Name: "x", Users: Constant(1, s), Poisson: true, MaxInFlight: 5}, []string{"Poisson arrivals in a closed model", "cap of 5 in flight in a closed model"}},
		{Stage{Name: "x", Requests: 1, VUs: 1, Think: -s}, []string{"think is -1s"}},
		{Stage{Name: "x", Requests: 1001, VUs: 10_000, PerUser: true}, []string{"10010000 operations"}},
		{Stage{Requests: -1, Think: 25 * time.Hour, Poisson: true}, []string{"a name", "requests is -1", "VUs is 0", "think is 25h", "Poisson"}},
	} {
		err := tt.s.Validate()
		for _, w := range tt.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%+v.Validate() = %v, want it to mention %q", tt.s, err, w)
			}
		}
		var all interface{ Unwrap() []error }
		if !errors.As(err, &all) || len(all.Unwrap()) < len(tt.want) {
			t.Errorf("%+v.Validate() = %v, want at least %d faults", tt.s, err, len(tt.want))
		}
	}
	for _, constant := range []Stage{{Name: "x", Rate: Constant(MaxRate+1, s)}, {Name: "x", Rate: Constant(math.NaN(), s)}} {
		if err := constant.Validate(); err == nil || strings.Count(err.Error(), "has a value of") != 1 {
			t.Errorf("%+v.Validate() = %v, want one fault", constant, err)
		}
	}
	for _, ok := range []Stage{
		{Name: "x", Rate: Constant(MaxRate, 10*s), MaxInFlight: MaxVUs}, {Name: "x", Rate: many[1:]},
		{Name: "x", Rate: Constant(1, MaxLength)}, {Name: "x", Users: Ramp(0, MaxVUs, s), Think: MaxLength},
		{Name: "x", Requests: 1000, VUs: 10_000, PerUser: true},
	} {
		if err := ok.Validate(); err != nil {
			t.Errorf("Validate = %v, want nil", err)
		}
	}
}
