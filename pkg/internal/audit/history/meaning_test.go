package history

import (
	"testing"

	"sagalab/pkg/runs"
)

func TestMeaningOfAnAttempt(t *testing.T) {
	o := Options{Answers: map[string]Meaning{"sold_out": NoStock}}
	for _, tt := range []struct {
		name string
		a    runs.Attempt
		want Meaning
	}{
		{"created", runs.Attempt{Status: 201, Sent: true}, Confirmed},
		{"not sent", runs.Attempt{Class: "dial"}, NotSent},
		{"no answer", runs.Attempt{Class: "timeout", Sent: true}, Unclear},
		{"5xx", runs.Attempt{Status: 503, Reason: "overloaded", Sent: true}, Unclear},
		{"the contract's code", runs.Attempt{Status: 409, Reason: "out_of_stock", Sent: true}, NoStock},
		{"a foreign code", runs.Attempt{Status: 418, Reason: "sold_out", Sent: true}, NoStock},
		{"a 4xx that decides nothing", runs.Attempt{Status: 429, Reason: "http_429", Sent: true}, Unclear},
		{"another 4xx", runs.Attempt{Status: 410, Reason: "http_410", Sent: true}, Declined},
	} {
		if got := o.Meaning(&tt.a); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// ParseMeaning reads what String writes, and nothing else.
func FuzzParseMeaning(f *testing.F) {
	for _, name := range meaningNames {
		f.Add(name)
	}
	f.Add("")
	f.Add("Confirmed")
	f.Fuzz(func(t *testing.T, name string) {
		m, err := ParseMeaning(name)
		if err == nil && m.String() != name {
			t.Errorf("ParseMeaning(%q) = %s", name, m)
		}
		if err != nil && m != Unclear {
			t.Errorf("ParseMeaning(%q) = %s with an error, want unclear", name, m)
		}
	})
}

// An attempt has some meaning whatever is recorded of it, and only a 2xx without a
// reason, or what Options.Answers says, confirms.
func FuzzMeaning(f *testing.F) {
	f.Add(int64(201), "", "", true)
	f.Add(int64(409), "out_of_stock", "", true)
	f.Add(int64(0), "timeout", "timeout", true)
	f.Add(int64(0), "refused", "dial", false)
	f.Add(int64(-7), "http_-7", "", true)
	f.Fuzz(func(t *testing.T, status int64, reason, class string, sent bool) {
		a := runs.Attempt{Status: status, Reason: reason, Class: class, Sent: sent}
		m := (&Options{}).Meaning(&a)
		if _, err := ParseMeaning(m.String()); err != nil {
			t.Errorf("%+v: meaning %d has no name", a, m)
		}
		if success := status >= 200 && status < 300 && reason == "" && class == ""; (m == Confirmed) != success {
			t.Errorf("%+v: %s", a, m)
		}
		if m.IsRefusal() && (status < 400 || status > 499) {
			t.Errorf("%+v: %s, but only a 4xx refuses", a, m)
		}
	})
}
