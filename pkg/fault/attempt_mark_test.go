package fault

import (
	"net/http"
	"strings"
	"testing"
)

func TestMarkOf(t *testing.T) {
	for _, tt := range []struct {
		value  []string
		want   AttemptMark
		marked bool
	}{
		{nil, AttemptMark{}, false},
		{[]string{""}, AttemptMark{}, false},
		{[]string{";1"}, AttemptMark{Number: 1}, true},
		{[]string{"k;1"}, AttemptMark{"k", 1}, true},
		{[]string{"a%3Bb%20%C3%A9%0A;12"}, AttemptMark{"a;b é\n", 12}, true},
		{[]string{"a+b;2147483647"}, AttemptMark{"a+b", 1<<31 - 1}, true},
		{[]string{"k;2", "other;7"}, AttemptMark{"k", 2}, true},
		{[]string{"k;0"}, AttemptMark{}, false},
		{[]string{"k;-1"}, AttemptMark{}, false},
		{[]string{"k;+1"}, AttemptMark{}, false},
		{[]string{"k;2147483648"}, AttemptMark{}, false},
		{[]string{"k;"}, AttemptMark{}, false},
		{[]string{"k"}, AttemptMark{}, false},
		{[]string{"1"}, AttemptMark{}, false},
		{[]string{"a;b;1"}, AttemptMark{}, false},
		{[]string{"%zz;1"}, AttemptMark{}, false},
	} {
		if got, marked := MarkOf(http.Header{AttemptHeader: tt.value}); got != tt.want || marked != tt.marked {
			t.Errorf("MarkOf(%q) = %+v, %v; want %+v, %v", tt.value, got, marked, tt.want, tt.marked)
		}
	}
}

// FuzzAttemptMark: whatever the key is, a header can carry its mark, and it is read as it was
// written; and what is read of any text is written so that it is read again.
func FuzzAttemptMark(f *testing.F) {
	for _, s := range []string{"", "k", "order 1; é", "a/b?c,d%41", "\x00\r\n\xff", "k;1", "%6b;007", ";1"} {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, text string, number int) {
		header := http.Header{}
		read := func(m AttemptMark) (AttemptMark, bool) {
			header.Set(AttemptHeader, m.String())
			return MarkOf(header)
		}
		if number >= 1 && number < 1<<31 {
			m := AttemptMark{text, number}
			if i := strings.IndexFunc(m.String(), func(r rune) bool { return r <= ' ' || r > '~' }); i >= 0 {
				t.Errorf("%+v is written %q, which no header can carry", m, m)
			}
			if got, marked := read(m); !marked || got != m {
				t.Errorf("%+v is written %q and read as %+v, %v", m, m, got, marked)
			}
		}
		header.Set(AttemptHeader, text)
		if m, marked := MarkOf(header); marked {
			if again, marked := read(m); !marked || again != m {
				t.Errorf("%q is read as %+v, which is written %q and read as %+v, %v", text, m, m, again, marked)
			}
		}
	})
}
