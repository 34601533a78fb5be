package ipynb

import (
	"encoding/json"
	"testing"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		want Text
	}{
		{`"one"`, "one"},
		{`["one\n", "two"]`, "one\ntwo"},
		{`[]`, ""},
		{`""`, ""},
		{`null`, ""},
		{`{"a": 1}`, ""},
		{`[1, 2]`, ""},
		{`7`, ""},
	} {
		got := Text("before")
		if err := json.Unmarshal([]byte(tt.raw), &got); err != nil || got != tt.want {
			t.Errorf("%s is the text %q, %v; want %q", tt.raw, got, err, tt.want)
		}
	}
	if err := json.Unmarshal([]byte(`"cut`), new(Text)); err == nil {
		t.Error("what is no JSON is a text")
	}
}
