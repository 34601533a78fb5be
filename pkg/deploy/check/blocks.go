package main

import (
	"strings"

	"github.com/mattn/go-shellwords"
)

// block is a fenced block of a markdown text.
type block struct {
	language, text string
	line           int // of its fence, from 1
}

func blocks(markdown string) (all []block) {
	var b *block
	for i, line := range strings.Split(markdown, "\n") {
		switch mark, fence := strings.CutPrefix(line, "```"); {
		case fence && b == nil:
			b = &block{language: mark, line: i + 1}
		case fence:
			all, b = append(all, *b), nil
		case b != nil:
			b.text += line + "\n"
		}
	}
	return all
}

// hasKey tells whether a YAML text has a key at its top.
func hasKey(text, key string) bool {
	return strings.HasPrefix(text, key+":") || strings.Contains(text, "\n"+key+":")
}

// runs are what a command line of ours comes after: an image, or a service of the
// compose file.
var runs = map[string]bool{"sagalab": true, "sagalab-service": true, "worker": true}

// shell is the program's command lines in a script that runs it in containers.
func shell(script string) (commands [][]string, err error) {
	for line := range strings.Lines(script) {
		for part := range strings.SplitSeq(line, "&&") {
			part = strings.TrimSpace(part)
			if !strings.HasPrefix(part, "docker run ") && !strings.HasPrefix(part, "docker compose run ") {
				continue
			}
			words, err := shellwords.Parse(part)
			if err != nil {
				return nil, err
			}
			for i, w := range words {
				if runs[w] {
					if i+1 < len(words) {
						commands = append(commands, words[i+1:])
					}
					break
				}
			}
		}
	}
	return commands, nil
}
