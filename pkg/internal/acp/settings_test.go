package acp

import (
	"strings"
	"testing"
)

func TestParseRefuses(t *testing.T) {
	for contents, want := range map[string]string{
		"":                                   "shop: it does not begin with acp: 2026-04-17",
		"currency: eur\nacp: 2026-04-17\n":   "shop: it does not begin with acp",
		"acp: 2026-04-17\nacp: 2026-04-17\n": "line 2: acp stands twice",
		"acp: # none":                        "line 1: acp has no value",
		"acp:\n":                             "line 1: acp has no value",
		"acp: 2026-04-17\nno colon\n":        "line 2: want NAME: VALUE",
		"acp: 2026-04-17\nhandler: \x01\n":   "handler has characters other than printable ASCII",
		"acp: 2026\r\nacp: x":                "line 2: acp stands twice",
	} {
		if a, err := Parse("shop", contents, nil); err == nil || a != nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%q) = %v, %v; want %q", contents, a, err, want)
		}
	}
}

// FuzzParse: what is read is read again from Contents, and no secret is in it.
func FuzzParse(f *testing.F) {
	for _, text := range []string{Standard(), "# x\nacp: \"2026-04-17\"\nitems: items\ncurrency: eur\nhandler: h\nfailing_item: i\nfulfillment: first\n", "acp: a:b\n", "acp: '\n", "acp : 1\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, contents string) {
		a, err := Parse("fuzz", contents, map[string]string{"token": "s3cr3t-0123456789-token"})
		if err != nil {
			return
		}
		again, err := Parse("fuzz", a.Contents(), nil)
		if err != nil || again.settings != a.settings || again.Contents() != a.Contents() {
			t.Errorf("Parse(%q) has the contents %q, which are %v, %v", contents, a.Contents(), again, err)
		}
		if strings.Contains(a.Contents(), "s3cr3t-0123456789-token") && !strings.Contains(contents, "s3cr3t-0123456789-token") {
			t.Errorf("the token is in %q", a.Contents())
		}
	})
}
