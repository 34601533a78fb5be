package purchase

import (
	"testing"
)

func TestMeaningOfAnAttempt(t *testing.T) {
	for _, tt := range []struct {
		name          string
		status        int
		class, reason string
		sent          bool
		want          Meaning
	}{
		{"created", 201, "", "", true, MeansConfirmed},
		{"not JSON", 201, "", "not_json", true, MeansUnclear},
		{"not sent", 0, "dial", "dial", false, MeansNotSent},
		{"no answer", 0, "timeout", "timeout", true, MeansUnclear},
		{"an answer that broke off", 201, "eof", "eof", true, MeansUnclear},
		{"admission refused", 503, "", "overloaded", true, MeansTurnedAway},
		{"a bare 503", 503, "", "http_503", true, MeansUnclear},
		{"overloaded as a 500", 500, "", "overloaded", true, MeansUnclear},
		{"the contract's code", 409, "", "out_of_stock", true, MeansNoStock},
		{"the contract's code as a 500", 500, "", "out_of_stock", true, MeansUnclear},
		{"in progress", 409, "", "in_progress", true, MeansInProgress},
		{"a bare conflict", 409, "", "http_409", true, MeansUnclear},
		{"too many requests", 429, "", "http_429", true, MeansTurnedAway},
		{"not authorized", 401, "", "http_401", true, MeansTurnedAway},
		{"another 4xx", 410, "", "http_410", true, MeansDeclined},
	} {
		if got := MeaningOf(tt.status, tt.class, tt.reason, tt.sent); got != tt.want {
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
		if err != nil && m != MeansUnclear {
			t.Errorf("ParseMeaning(%q) = %s with an error, want unclear", name, m)
		}
	})
}

// An attempt has some meaning whatever is recorded of it, and only a 2xx without a
// reason confirms.
func FuzzMeaning(f *testing.F) {
	f.Add(201, "", "", true)
	f.Add(409, "out_of_stock", "", true)
	f.Add(0, "timeout", "timeout", true)
	f.Add(0, "refused", "dial", false)
	f.Add(-7, "http_-7", "", true)
	f.Fuzz(func(t *testing.T, status int, reason, class string, sent bool) {
		m := MeaningOf(status, class, reason, sent)
		if _, err := ParseMeaning(m.String()); err != nil {
			t.Errorf("meaning %d has no name", m)
		}
		if success := status >= 200 && status < 300 && reason == "" && class == ""; (m == MeansConfirmed) != success {
			t.Errorf("%d %q %q: %s", status, reason, class, m)
		}
		if m.IsRefusal() && (status < 400 || status > 499) {
			t.Errorf("%d %q %q: %s, but only a 4xx refuses", status, reason, class, m)
		}
	})
}
