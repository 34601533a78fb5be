package pkg

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// maxReadme is the most lines that the main README may have; what needs more goes beside what it describes.
const maxReadme = 150

// markdownFiles returns the Markdown files of the checkout that git knows or would add, relative to its root.
func markdownFiles(t *testing.T) []string {
	t.Helper()
	list := exec.Command("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md")
	list.Dir = ".."
	out, err := list.Output()
	if err != nil {
		t.Skipf("git knows no files here: %v", err)
	}
	var files []string
	for name := range strings.SplitSeq(strings.Trim(string(out), "\x00"), "\x00") {
		if _, err := os.Stat(filepath.Join("..", name)); err == nil { // else it is deleted and not yet committed
			files = append(files, name)
		}
	}
	return files
}

func readMarkdown(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeBlock    = regexp.MustCompile("(?ms)^```.*?^```$")
	heading      = regexp.MustCompile(`(?m)^#+ +(.+)$`)
)

// TestMarkdownLinks checks that each relative link leads to a file, and its fragment to a heading of that file.
func TestMarkdownLinks(t *testing.T) {
	files := markdownFiles(t)
	if len(files) < 5 {
		t.Errorf("Markdown files %q, want the five that the README names at least", files)
	}
	links := 0
	for _, name := range files {
		for _, m := range markdownLink.FindAllStringSubmatch(codeBlock.ReplaceAllString(readMarkdown(t, name), ""), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			links++
			path, fragment, _ := strings.Cut(m[1], "#")
			target := name
			if path != "" {
				target = filepath.ToSlash(filepath.Join(filepath.Dir(name), path))
			}
			if _, err := os.Stat(filepath.Join("..", target)); err != nil {
				t.Errorf("%s: the link %s leads nowhere: %v", name, m[1], err)
				continue
			}
			if fragment != "" && !hasHeading(readMarkdown(t, target), fragment) {
				t.Errorf("%s: the link %s leads to no heading of %s", name, m[1], target)
			}
		}
	}
	if links < 10 {
		t.Errorf("%d relative links found, want more than 10: is markdownLink still right?", links)
	}
}

// hasHeading reports whether a Markdown text has a heading with the anchor that GitHub gives it.
func hasHeading(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		if slug == anchor {
			return true
		}
	}
	return false
}

func TestHasHeading(t *testing.T) {
	const text = "# A page\n\n## Exit codes, and `more`\n\n```sh\n# comment\n```\n"
	for anchor, want := range map[string]bool{"a-page": true, "exit-codes-and-more": true, "comment": false, "exit": false} {
		if got := hasHeading(text, anchor); got != want {
			t.Errorf("hasHeading(%q) = %v, want %v", anchor, got, want)
		}
	}
}

func TestReadmeIsShort(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(text, []byte("\n")); n > maxReadme {
		t.Errorf("README.md has %d lines, want at most %d: move what is about one folder into a README.md there", n, maxReadme)
	}
}
