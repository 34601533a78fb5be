// Package claims holds, for each notebook of the project, what its sections claim
// and a check of every claim over the notebook's outputs: tables and sentences as
// text, figures as pictures. It is for tests: the same checks run over the notebooks
// as they are committed and over notebooks that were just executed.
//
// A check does not depend on how fast a service or a machine is. Where a claim is
// about time, the notebook has a fault of a known size, and the check knows it. Some
// claims compare times all the same, and hold only where the machine has processor
// time to spare (Claim.Timed): they are required of what is committed, and of a
// notebook that a test executes beside other work only reported.
package claims

import (
	"fmt"
	"slices"
)

// Claim is what a section says, and how its outputs are checked for it.
type Claim struct {
	// Section is the heading of the section that claims it.
	Section string
	// Message is the claim in one sentence.
	Message string
	// Figure is the title of the figure that shows it, "" if none does. There is one
	// claim for each figure of a section.
	Figure string
	// Timed says that the claim compares times, which other work on the machine
	// changes. Check's error is then a TimedError.
	Timed bool
	// Check looks for the claim in the section's outputs. Its error says what it
	// found in place of what was claimed.
	Check func(Section) error
}

// notebooks is the claims of each notebook by its file name.
var notebooks = map[string][]Claim{
	"01-load-and-retry.ipynb":   loadAndRetry,
	"02-break-and-audit.ipynb":  breakAndAudit,
	"03-open-load.ipynb":        openLoad,
	"04-compare-runs.ipynb":     compareRuns,
	"05-fleet.ipynb":            fleet,
	"06-your-own-api.ipynb":     yourOwnAPI,
	"07-smallest-fault.ipynb":   smallestFault,
	"08-explore-the-data.ipynb": exploreData,
	"09-which-policy.ipynb":     whichPolicy,
}

// TimedError is why a Claim that is Timed does not hold.
type TimedError struct{ error }

// Unwrap returns the error.
func (e TimedError) Unwrap() error { return e.error }

// Names is the file names of the notebooks that have claims, sorted.
func Names() (names []string) {
	for name := range notebooks {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Of is the claims of the notebook with a file name, nil when it has none.
func Of(name string) []Claim { return notebooks[name] }

// Check checks an executed notebook with a file name: its form, and all its claims.
// It returns everything that is wrong, nil when nothing is; what is wrong with a
// Timed claim is a TimedError.
func Check(name string, nb Notebook) (errs []error) {
	list := Of(name)
	if len(list) == 0 {
		return []error{fmt.Errorf("%s has no claims: add them to package claims", name)}
	}
	for _, err := range checkForm(nb, list) {
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	sections := nb.Sections()
	for _, c := range list {
		at := slices.IndexFunc(sections, func(s Section) bool { return s.Heading == c.Section })
		if at < 0 {
			errs = append(errs, fmt.Errorf("%s has no section %q, which is to claim: %s", name, c.Section, c.Message))
			continue
		}
		if err := c.check(sections[at]); err != nil {
			errs = append(errs, fmt.Errorf("%s, section %q, does not show that %s: %w", name, c.Section, c.Message, err))
		}
	}
	return errs
}

// check checks the claim, and that its figure is there and not blank.
func (c Claim) check(s Section) error {
	if c.Figure != "" {
		p, err := s.Figure(c.Figure)
		switch {
		case err != nil && c.Timed:
			return TimedError{err}
		case err != nil:
			return err
		}
		if err := p.NotBlank(); err != nil {
			return fmt.Errorf("figure %q: %w", c.Figure, err)
		}
	}
	err := c.Check(s)
	if err != nil && c.Timed {
		return TimedError{err}
	}
	return err
}
