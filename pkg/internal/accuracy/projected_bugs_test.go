package accuracy

import (
	"slices"
	"strings"
	"testing"

	"sagalab/pkg/internal/audit"
	"sagalab/pkg/purchase"
)

// projectedBugs are bugs of the market of which a part is shown, and the rules of which any
// has to find them; without rules, the effect is not shown, and unknown is the rule that must
// say so.
var projectedBugs = []struct {
	bug, shows string
	adapter    purchase.Adapter
	causes     string
	unknown    string
}{
	{"order-lost", "ids and status", orders(hiding{order: statusOnly}), "C8", ""},
	{"order-unlisted", "ids and status", orders(hiding{order: statusOnly}), "C8", ""},
	{"stuck-pending", "ids and status", orders(hiding{order: statusOnly}), "C5", ""},
	{"refused-though-confirmed", "ids and status", orders(hiding{order: statusOnly}), "C4", ""},
	{"ghost-order", "ids and status", orders(hiding{order: statusOnly}), "C4 K1", ""},
	{"answers-other-order", "answers", answers{&hiding{}}, "K4", ""},
	{"refusal-forgotten", "answers", answers{&hiding{}}, "K2", ""},
	{"key-race", "ids, status and keys", orders(hiding{order: withKey}), "K1", ""},
	{"status-goes-back", "single orders of ids and status", singles(hiding{order: statusOnly}), "C4 C5 C7", ""},
	{"stock-lost-update", "stock, orders without payload", stocks(hiding{order: withKey, product: unpriced}), "C1", ""},
	{"release-lost", "stock without reserved", stocks(hiding{order: withKey, product: unreserved}), "C1", ""},
	{"balance-lost-update", "balances", money(hiding{order: withKey}), "C2", ""},
	{"charge-twice", "a ledger without ids and times", ledger(hiding{order: withKey, entry: bareEntry}), "C3", ""},
	{"refund-lost", "a ledger without ids, users and times", ledger(hiding{order: withKey, entry: anonymous}), "C3", ""},
	{"ledger-missing", "a ledger, no price and no amount", ledger(hiding{order: withKey, product: unpriced}), "C3", ""},
	{"charges-wrong-user", "a ledger with users", ledger(hiding{order: withKey, entry: bareEntry}), "C3", ""},
	{"charges-wrong-user", "a ledger without users, balances", ledger(hiding{order: withKey, entry: anonymous}), "C2", ""},
	{"charges-wrong-user", "a ledger without users, no balances", ledgerAlone(hiding{order: withKey, entry: anonymous}), "", "C3"},
	{"charge-unit-price", "a ledger, no price and no amount", ledger(hiding{order: withKey, product: unpriced}), "", "C3"},
}

// mostTries is how many runs a bug is given to be found.
const mostTries = 12

// TestProjectedBugs: a bug whose effect is shown is found, though much else is not; one whose
// effect is not shown is unknown.
func TestProjectedBugs(t *testing.T) {
	bugs := marketBugs()
	for _, tt := range projectedBugs {
		at := slices.IndexFunc(bugs, func(b bug) bool { return b.name == tt.bug })
		if at < 0 {
			t.Fatalf("there is no bug %s", tt.bug)
		}
		t.Run(tt.bug+"/"+tt.shows, func(t *testing.T) {
			t.Parallel()
			effective, last := 0, ""
			for seed := range uint64(mostTries) {
				x, struck := bugs[at].trial(t, seed+1)
				x.adapter = tt.adapter
				r, _ := x.run(t)
				if struck() == 0 {
					continue
				}
				effective++
				last = r.String()
				found := violated(r)
				switch {
				case tt.causes == "":
					if v := r.Verdict(tt.unknown); v.Answer != audit.Unknown || len(found) > 0 {
						t.Errorf("%s is %s and %v are violated, want it unknown and none\n%s", tt.unknown, v.Answer, found, r)
					}
					return
				case slices.ContainsFunc(strings.Fields(tt.causes), func(rule string) bool { return slices.Contains(found, rule) }):
					return
				}
			}
			t.Errorf("%s found it in none of the %d runs in which it had an effect\n%s", tt.causes, effective, last)
		})
	}
}
