package runs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Difference is something in which two stages differ before anything is measured.
type Difference struct {
	What string `json:"what"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// String is "workers: 50 in A, 200 in B".
func (d Difference) String() string { return fmt.Sprintf("%s: %s in A, %s in B", d.What, d.A, d.B) }

// differences is what was not the same about two stages. The seed is left out:
// runs that are to be compared should have seeds of their own.
func differences(a, b Info) (list []Difference) {
	for _, d := range []Difference{
		{"stage", a.Stage, b.Stage},
		{"API", a.API, b.API},
		{"load", a.Load, b.Load},
		{"requests", strconv.Itoa(a.Requests), strconv.Itoa(b.Requests)},
		{"workers", strconv.Itoa(a.Workers), strconv.Itoa(b.Workers)},
		{"policy", a.Policy, b.Policy},
		{"faults", a.FaultsText(), b.FaultsText()},
	} {
		if d.A != d.B {
			list = append(list, d)
		}
	}
	return list
}

// FaultsText is the plan of faults on one line, "none" for one without windows.
func (i Info) FaultsText() string {
	var plan struct{ Windows []json.RawMessage }
	if len(i.Faults) == 0 || json.Unmarshal(i.Faults, &plan) == nil && len(plan.Windows) == 0 {
		return "none"
	}
	var b bytes.Buffer
	if json.Compact(&b, i.Faults) != nil {
		return strings.Join(strings.Fields(string(i.Faults)), " ")
	}
	return b.String()
}

// warnings is what not to rely on in one of the stages compared.
func warnings(name string, s Stage, x sample) (list []string) {
	list = unfinished(name, s)
	if n := float64(len(s.Operations)); n > 0 && n < leastBlocks*x.together {
		list = append(list, fmt.Sprintf("%s is %.1f rounds of the %.0f requests under way together, which share what befalls them: its intervals may be too narrow; %.0f requests would do",
			name, n/x.together, x.together, leastBlocks*x.together))
	}
	return list
}

// unfinished warns of a stage that was not completed or not kept to its schedule.
func unfinished(name string, s Stage) (list []string) {
	if s.State != Complete && s.State != "" {
		list = append(list, fmt.Sprintf("%s is %s: %d of %d operations ended, the others are in no figure", name, s.State, len(s.Operations), s.Requests))
	}
	if n := s.Dropped(); n > 0 {
		list = append(list, fmt.Sprintf("%s dropped %d arrivals that could not start: they are in no figure, and would have been the slowest", name, n))
	}
	for _, note := range s.doubts() {
		list = append(list, fmt.Sprintf("%s: %s, and its figures contain it (`sagalab runs show` says more)", name, note))
	}
	for _, note := range faultNotes(s.FaultWindows) {
		list = append(list, fmt.Sprintf("%s was not put to the test that its plan of faults asks for: %s", name, note))
	}
	return list
}

// mixed warns of latencies that are not of the same kind of operations.
func (c Comparison) mixed() []string {
	if v, _ := c.Change(ErrorRatio); v.Verdict == Better || v.Verdict == Worse {
		return []string{"latencies are of all operations, failed ones too, and the shares of failures differ: a service that fails at once is fast"}
	}
	return nil
}
