package claims

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// all checks one thing after another and returns everything that is wrong.
func all(checks ...func(Section) error) func(Section) error {
	return func(s Section) error {
		var errs []error
		for _, check := range checks {
			errs = append(errs, check(s))
		}
		return errors.Join(errs...)
	}
}

// says checks that every pattern matches in the section's text. (?m) is on: ^ and $
// are those of a line.
func says(patterns ...string) func(Section) error {
	return func(s Section) error {
		var errs []error
		for _, p := range patterns {
			_, err := find(s, p)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
}

// find is the groups of the first match of a pattern in the section's text.
func find(s Section, pattern string) ([]string, error) {
	m := regexp.MustCompile(`(?m)` + pattern).FindStringSubmatch(s.Text())
	if m == nil {
		return nil, fmt.Errorf("no output says %s", pattern)
	}
	return m[1:], nil
}

// findNumbers is find for groups that are numbers.
func findNumbers(s Section, pattern string) ([]float64, error) {
	groups, err := find(s, pattern)
	if err != nil {
		return nil, err
	}
	list := make([]float64, len(groups))
	for i, g := range groups {
		if list[i], err = strconv.ParseFloat(g, 64); err != nil {
			return nil, fmt.Errorf("%s: %q is no number", pattern, g)
		}
	}
	return list, nil
}

// stage is the line in which a stage's counts are shown.
type stage struct{ requests, success, failure, unknown, retries int }

// stageLine reads the line of the stage with a name.
func stageLine(s Section, name string) (stage, error) {
	pattern := `^` + regexp.QuoteMeta(name) + `: (\d+) requests? in .*?, (\d+) success, (\d+) failure(?: \((\d+) unknown\))?, (\d+) retr`
	groups, err := find(s, pattern)
	if err != nil {
		return stage{}, err
	}
	n := make([]int, len(groups))
	for i, g := range groups {
		if g != "" {
			n[i], _ = strconv.Atoi(g) // the pattern has digits only
		}
	}
	return stage{n[0], n[1], n[2], n[3], n[4]}, nil
}

// ended checks that a stage had so many purchases, and how they ended.
func ended(name string, requests, success, failure int) func(Section) error {
	return func(s Section) error {
		got, err := stageLine(s, name)
		if err != nil {
			return err
		}
		if got.requests != requests || got.success != success || got.failure != failure {
			return fmt.Errorf("stage %s had %d purchases, %d confirmed, %d failed; want %d, %d, %d", name, got.requests, got.success, got.failure, requests, success, failure)
		}
		return nil
	}
}

// summary is an audit's summary.
var summary = regexp.MustCompile(`(\d+) rules? holds?, (\d+) violated, (\d+) unknown, \d+ not exercised`)

// holdsAll checks that the section has so many audits, and that they found nothing.
func holdsAll(audits int) func(Section) error {
	return func(s Section) error {
		found := summary.FindAllStringSubmatch(s.Text(), -1)
		if len(found) != audits {
			return fmt.Errorf("it has %d audits, want %d", len(found), audits)
		}
		for _, a := range found {
			if a[1] == "0" || a[2] != "0" || a[3] != "0" {
				return fmt.Errorf("an audit says: %s", a[0])
			}
		}
		return nil
	}
}

// rule checks a rule's verdict in every audit of the section.
func rule(name, verdict string) func(Section) error {
	return func(s Section) error {
		found := 0
		for _, audited := range audits(s) {
			found++
			if audited[name] != verdict {
				return fmt.Errorf("rule %s is %q, want %q", name, audited[name], verdict)
			}
		}
		if found == 0 {
			return fmt.Errorf("it has no audit that could say anything of rule %s", name)
		}
		return nil
	}
}

// folded is the line of an audit's text that names the rules that hold.
var folded = regexp.MustCompile(`(?m)^\d+ rules? holds?: (.*)$`)

// audits is the verdicts of each audit of the section, by rule: from the rows of its
// table, and from the line that names the rules that hold.
func audits(s Section) (list []map[string]string) {
	for _, o := range s.outputs() {
		verdicts := map[string]string{}
		if t := parseTable(o.Text); o.Table && t.index("rule") >= 0 && t.index("verdict") >= 0 {
			for _, r := range t.Rows() {
				verdicts[strings.TrimPrefix(r["rule"], "✗ ")] = r["verdict"] // the mark is of rules that are violated
			}
		}
		if m := folded.FindStringSubmatch(o.Text); o.Table && m != nil {
			for _, name := range strings.Split(m[1], ", ") {
				verdicts[name] = "holds"
			}
		}
		if len(verdicts) > 0 {
			list = append(list, verdicts)
		}
	}
	return list
}

// figure checks a picture.
func figure(title string, check func(Picture) error) func(Section) error {
	return func(s Section) error {
		p, err := s.Figure(title)
		if err != nil {
			return err
		}
		if err := check(p); err != nil {
			return fmt.Errorf("figure %q: %w", title, err)
		}
		return nil
	}
}

// curves checks that a picture has a curve of each name that is not flat.
func curves(names ...string) func(Picture) error {
	return func(p Picture) error { return p.Curves(names...) }
}

// within is an error when a number is not between two others.
func within(what string, v, low, high float64) error {
	if !(v >= low && v <= high) {
		return fmt.Errorf("%s is %.4g, want %.4g to %.4g", what, v, low, high)
	}
	return nil
}
