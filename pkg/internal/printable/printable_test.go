package printable

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 日本 ✓ …\ttab\nline":     "plain é 日本 ✓ …\ttab\nline",
		"\x1b[2J\x1b[H":                 `\x1b[2J\x1b[H`,
		"\x1b]0;title\x07":              `\x1b]0;title\x07`,
		"\x1b]52;c;cm0gLXJm\x1b\\":      `\x1b]52;c;cm0gLXJm\x1b\`,
		"\u009b2J":                      `\u009b2J`,
		"\x9b2J":                        `\x9b2J`,
		"a\rb\bc\x7f\x00":               `a\x0db\x08c\u007f\x00`,
		"\u202eevil\u202c\u2066x\u2069": `\u202eevil\u202c\u2066x\u2069`,
		"a\u200bb\u200dc\ufeffd\u00ad":  `a\u200bb\u200dc\ufeffd` + "\u00ad",
		"\U000e0041":                    `\udb40\udc41`,
		"":                              "",
	} {
		if got := Text(in); got != want {
			t.Errorf("Text(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Line("a\n\tb\x1b"); got != `a\n\tb\x1b` {
		t.Errorf("Line = %q", got)
	}
}

// TestWriterKeepsJSON checks that a document of JSON stays one, with the same values.
func TestWriterKeepsJSON(t *testing.T) {
	value := "\x1b[2J\u009b\u202e\u200b\x7f\U000e0041é\n"
	document, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	n, err := NewWriter(NewWriter(&b, nil), nil).Write(document)
	if err != nil || n != len(document) {
		t.Errorf("Write = %d, %v, want %d", n, err, len(document))
	}
	var back string
	if err := json.Unmarshal(b.Bytes(), &back); err != nil || back != value || acting(b.String()) {
		t.Errorf("%q was written as %q, which is %q, %v", value, b.String(), back, err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestWriter(t *testing.T) {
	if n, err := NewWriter(full{}, nil).Write([]byte("x")); n != 0 || err == nil {
		t.Errorf("Write to a full disk = %d, %v", n, err)
	}
	var b bytes.Buffer
	w := NewWriter(&b, func(s string) string { return strings.ReplaceAll(s, "secret", "\x1b") })
	w.Write([]byte("a secret"))
	if b.String() != `a \x1b` || Unwrap(w) != &b || Unwrap(&b) != &b {
		t.Errorf("written is %q", b.String())
	}
}

// acting reports whether s has a character that is not shown, besides line feeds and tabs.
func acting(s string) bool {
	for _, r := range s {
		if r != '\n' && r != '\t' && r != '\u00ad' && unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.In(r, otherFormat) {
			return true
		}
	}
	return !utf8.ValidString(s)
}

// otherFormat are format characters that are left: marks of scripts and of music.
var otherFormat = &unicode.RangeTable{
	R16: []unicode.Range16{{0x0600, 0x0605, 1}, {0x06dd, 0x06dd, 1}, {0x070f, 0x070f, 1}, {0x0890, 0x0891, 1}, {0x08e2, 0x08e2, 1}},
	R32: []unicode.Range32{{0x110bd, 0x110cd, 16}, {0x13430, 0x1343f, 1}, {0x1bca0, 0x1bca3, 1}, {0x1d173, 0x1d17a, 1}},
}

func FuzzText(f *testing.F) {
	f.Add("\x1b]0;x\x07")
	f.Add("\u202e\xff\U000e007f")
	f.Fuzz(func(t *testing.T, s string) {
		once := Text(s)
		if acting(once) || Text(once) != once {
			t.Errorf("Text(%q) = %q", s, once)
		}
		if line := Line(s); strings.ContainsAny(line, "\n\t") {
			t.Errorf("Line(%q) = %q", s, line)
		}
	})
}
