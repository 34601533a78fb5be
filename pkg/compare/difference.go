package compare

import (
	"fmt"
	"strconv"
	"strings"

	"sagalab/pkg/runs"
)

// Difference is a setting in which two stages differ.
type Difference struct {
	What string `json:"what"`
	A    string `json:"a"`
	B    string `json:"b"`
}

// String is "VUs: 50 in A, 200 in B".
func (d Difference) String() string { return fmt.Sprintf("%s: %s in A, %s in B", d.What, d.A, d.B) }

// differences lists the settings that differ between two stages. The seed is left out:
// runs that are to be compared should have seeds of their own. So is what was bought where one
// of them has it not recorded.
func differences(a, b runs.Info) (list []Difference) {
	for _, d := range []Difference{
		{"stage", a.Stage, b.Stage},
		{"API", a.API, b.API},
		{"load", a.Load, b.Load},
		{"requests", strconv.Itoa(a.Requests), strconv.Itoa(b.Requests)},
		{"VUs", strconv.Itoa(a.VUs), strconv.Itoa(b.VUs)},
		bought(a, b),
		{"steps", stepsText(a), stepsText(b)},
		{"policy", a.Policy, b.Policy},
		{"faults", a.FaultsText(), b.FaultsText()},
	} {
		if d.A != d.B {
			list = append(list, d)
		}
	}
	return list
}

// stepsText names the steps of a purchase.
func stepsText(i runs.Info) string {
	if len(i.Steps) == 0 {
		return "one request"
	}
	return strings.Join(i.Steps, ", ")
}

// bought is what both stages bought, and who bought it.
func bought(a, b runs.Info) Difference {
	recorded := func(i runs.Info) bool { return i.Order != nil || i.Buyers != "" }
	if !recorded(a) || !recorded(b) {
		return Difference{What: "bought"}
	}
	return Difference{"bought", a.Bought(), b.Bought()}
}
