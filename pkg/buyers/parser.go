package buyers

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// parser reads the fields of a text into a Mix.
type parser struct {
	feeds      []*Feed
	seen       map[string]bool
	m          Mix
	hash       string
	rows, each int
}

// read reads one field, such as "users=1..10".
func (p *parser) read(field string) (err error) {
	name, value, is := strings.Cut(field, "=")
	switch {
	case !is:
		return fmt.Errorf("%.40q has no value, want such as %s", field, Syntax)
	case p.seen[name]:
		return fmt.Errorf("%s is there twice", name)
	}
	p.seen[name] = true
	switch name {
	case feedName:
		p.hash, err = parseHash(value)
	case rowsName:
		p.rows, err = parseCount(value)
	case eachName:
		p.each, err = parseCount(value)
	default:
		if is, err = p.m.Set(name, value); !is {
			return fmt.Errorf("%.40q is unknown, want such as %s", name, Syntax)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func parseCount(text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%.30q is no number from 1 to 2147483647", text)
	}
	return int(n), nil
}

const hashPrefix = "sha256:"

// parseHash reads a hash as Feed.SHA256 has it.
func parseHash(text string) (string, error) {
	digits, is := strings.CutPrefix(text, hashPrefix)
	if b, err := hex.DecodeString(digits); !is || err != nil || len(b) != 32 || digits != strings.ToLower(digits) {
		return "", fmt.Errorf("%.80q is no hash, want sha256: and 64 hexadecimal digits", text)
	}
	return digits, nil
}

// mix returns what was read.
func (p *parser) mix() (Mix, error) {
	if p.hash == "" {
		if p.rows > 0 || p.each > 0 {
			return Mix{}, errors.New("rows and each go with feed")
		}
		return p.m, nil
	}
	f := &Feed{hash: p.hash, rows: p.rows, absent: true}
	for _, have := range p.feeds {
		if have != nil && have.hash == p.hash && have.err == nil {
			f = have
		}
	}
	if p.rows > 0 && p.rows != f.rows {
		return Mix{}, fmt.Errorf("the feed has %d rows, not %d", f.rows, p.rows)
	}
	if !f.absent {
		f = f.Each(1)
	}
	if p.m.Feed = f; p.each > 0 {
		p.m.Feed = f.Each(p.each)
	}
	return p.m, nil
}
