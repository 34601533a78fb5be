package main

import (
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"sagalab/pkg/internal/printable"
)

// The sizes of texts in reports, in bytes. Build servers refuse, or cut, larger ones.
const (
	lineBytesMax    = 1000
	detailsBytesMax = 8 << 10
)

// The elements of JUnit's XML, in the form that Jenkins, GitLab and the reporters for GitHub read.
type (
	junitSuites struct {
		XMLName xml.Name `xml:"testsuites"`
		Name    string   `xml:"name,attr"`
		junitCounts
		Suites []*junitSuite `xml:"testsuite"`
	}
	junitCounts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
		Skipped  int `xml:"skipped,attr"`
	}
	junitSuite struct {
		Name string `xml:"name,attr"`
		junitCounts
		Timestamp  string          `xml:"timestamp,attr,omitempty"` // UTC, without a zone as the schema has it
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class   string     `xml:"classname,attr"`
		Name    string     `xml:"name,attr"`
		Time    string     `xml:"time,attr"` // seconds
		Failure *junitText `xml:"failure,omitempty"`
		Error   *junitText `xml:"error,omitempty"`
		Skipped *junitText `xml:"skipped,omitempty"`
		Output  string     `xml:"system-out,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr,omitempty"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes the findings, a suite for each kind of them and a test for each. What fails is a <failure>. What could
// not be judged is an <error>: readers count an <error> as not passed, and <skipped> as passed.
func (v *verdict) writeJUnit(w io.Writer) error {
	all := junitSuites{Name: "sagalab " + v.command}
	suites := map[string]*junitSuite{}
	for _, f := range v.findings {
		s := suites[f.suite]
		if s == nil {
			s = v.junitSuite(f.suite)
			suites[f.suite], all.Suites = s, append(all.Suites, s)
		}
		s.Cases = append(s.Cases, f.junit())
		s.count(f.result)
		all.count(f.result)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func (v *verdict) junitSuite(name string) *junitSuite {
	s := &junitSuite{Name: name, Properties: []junitProperty{
		{"verdict", v.code.String()}, {"exit_code", fmt.Sprint(int(v.code))}, {"subject", bounded(v.subject, lineBytesMax)},
	}}
	if began := v.began(); !began.IsZero() {
		s.Timestamp = began.UTC().Format("2006-01-02T15:04:05")
	}
	return s
}

func (c *junitCounts) count(r result) {
	c.Tests++
	switch r {
	case failed:
		c.Failures++
	case undecided:
		c.Errors++
	case skipped:
		c.Skipped++
	}
}

func (f finding) junit() junitCase {
	c := junitCase{Class: "sagalab." + f.suite, Name: bounded(f.name, lineBytesMax), Time: seconds(f.seconds)}
	details := bounded(f.details, detailsBytesMax)
	text := &junitText{Message: bounded(f.says, lineBytesMax), Text: details}
	switch f.result {
	case failed:
		text.Type, c.Failure = "violated", text
	case undecided:
		text.Type, c.Error = "unclear", text
	case skipped:
		c.Skipped = text
	default:
		c.Output = strings.TrimSpace(text.Message + "\n" + details)
	}
	return c
}

// seconds formats a time for JUnit, 0 when it is not known.
func seconds(s float64) string {
	if math.IsNaN(s) || math.IsInf(s, 0) {
		s = 0
	}
	return fmt.Sprintf("%.3f", s)
}

// bounded returns s without secrets and with control characters escaped, cut to at most so many bytes.
func bounded(s string, most int) string {
	const mark = " …"
	s = printable.Text(withoutSecrets(s))
	if len(s) <= most {
		return s
	}
	s = s[:most-len(mark)]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + mark
}
