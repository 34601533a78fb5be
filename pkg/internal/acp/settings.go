package acp

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
)

// Version is the version of the protocol that is spoken unless settings name another one.
const Version = "2026-04-17"

// The members that a checkout can be created with its items under.
const (
	lineItems = "line_items" // in the schema of Version
	items     = "items"      // in the text of the specification, and in earlier versions
)

// settings are what is not secret about how a merchant is asked. The zero value is not valid.
type settings struct {
	version, currency, items, handler, failingItem string
	fulfillment                                    string // the id of an option, or firstOption; "" for none
}

// firstOption is the setting fulfillment for the first option that a checkout offers.
const firstOption = "first"

// defaults returns the settings of a text that names the protocol alone.
func defaults() settings { return settings{version: Version, currency: "usd", items: lineItems} }

// fields returns the settings by their names, in the order in which they are written.
func (s *settings) fields() []struct {
	name  string
	value *string
} {
	return []struct {
		name  string
		value *string
	}{{"acp", &s.version}, {"currency", &s.currency}, {"items", &s.items}, {"handler", &s.handler}, {"fulfillment", &s.fulfillment}, {"failing_item", &s.failingItem}}
}

// parseSettings reads lines of NAME: VALUE. Empty lines, and what follows #, say nothing.
func parseSettings(contents string) (settings, error) {
	s := defaults()
	lines := bufio.NewScanner(strings.NewReader(contents))
	var seen []string
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, value, found := strings.Cut(line, ":")
		if !found {
			return s, fmt.Errorf("line %d: want NAME: VALUE", n)
		}
		if slices.Contains(seen, name) {
			return s, fmt.Errorf("line %d: %s stands twice", n, name)
		}
		seen = append(seen, name)
		value, _, _ = strings.Cut(value, " #") // a comment
		if err := s.set(name, strings.Trim(value, "\"' \t")); err != nil {
			return s, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return s, lines.Err()
}

// set sets the setting of a name.
func (s *settings) set(name, value string) error {
	var names []string
	for _, f := range s.fields() {
		if names = append(names, f.name); f.name != name {
			continue
		}
		switch {
		case value == "" || strings.HasPrefix(value, "#"):
			return fmt.Errorf("%s has no value", name)
		case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return fmt.Errorf("%s has characters other than printable ASCII", name)
		case name == "items" && value != lineItems && value != items:
			return fmt.Errorf("items is %q, want %s or %s", value, lineItems, items)
		}
		*f.value = value
		return nil
	}
	return fmt.Errorf("%.40q is unknown, want one of %s", name, strings.Join(names, ", "))
}

// String returns the text that parseSettings reads, without what is not set.
func (s settings) String() string {
	var b strings.Builder
	standard := defaults()
	other := standard.fields()
	for i, f := range s.fields() {
		if i == 0 || *f.value != *other[i].value {
			fmt.Fprintf(&b, "%s: %s\n", f.name, *f.value)
		}
	}
	return b.String()
}
