package httpio

import (
	"net/url"
	"strconv"
	"testing"
)

// FuzzParsePage: what is accepted is in range, and the cursor of one page asks for the
// next one.
func FuzzParsePage(f *testing.F) {
	f.Add("", "")
	f.Fuzz(func(t *testing.T, after, limit string) {
		cursor, n, err := ParsePage(url.Values{"after": {after}, "limit": {limit}})
		if err != nil {
			return
		}
		if cursor < 0 || n < 1 || n > maxLimit {
			t.Errorf("ParsePage(after=%q, limit=%q) = %d, %d, want a cursor from 0 and a limit from 1 to %d", after, limit, cursor, n, maxLimit)
		}
		again, m, err := ParsePage(url.Values{"after": {strconv.FormatInt(cursor, 10)}, "limit": {strconv.Itoa(n)}})
		if err != nil || again != cursor || m != n {
			t.Errorf("ParsePage of %d, %d = %d, %d, %v", cursor, n, again, m, err)
		}
	})
}
