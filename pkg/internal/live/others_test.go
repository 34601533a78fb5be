package live

import (
	"strings"
	"testing"
)

// TestOtherClientsAreShown in each form of the view, and only when there are any.
func TestOtherClientsAreShown(t *testing.T) {
	for _, n := range []int{0, 3} {
		var v View
		v.Update(Snapshot{Stage: "heavy", Planned: 10, Started: 5, Done: 5, Success: 5, OtherOrders: n, OtherOrder: "order <7> under key x"})
		for form, want := range map[string]string{v.Text(200): "others bought 3+", v.Line(): "others bought 3+", v.HTML(): "At least 3 of the orders are not of this stage, such as order &lt;7&gt; under key x"} {
			if strings.Contains(form, want) != (n > 0) {
				t.Errorf("%d orders of others: got\n%s\nwant %q when there are any", n, form, want)
			}
		}
	}
}
