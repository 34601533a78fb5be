package httpio

import (
	"fmt"
	"net/url"
	"strconv"
)

// The bounds of a page.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

// ParsePage reads the parameters after and limit of a query. A cursor is the number
// of the last row of the page before, at least 0; clients take it as opaque. limit is
// 1 to 1000.
func ParsePage(q url.Values) (after int64, limit int, err error) {
	limit = defaultLimit
	if text := q.Get("limit"); text != "" {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > maxLimit {
			return 0, 0, fmt.Errorf("limit is %.40q, want an integer from 1 to %d", text, maxLimit)
		}
	}
	if text := q.Get("after"); text != "" {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return 0, 0, fmt.Errorf("after is %.40q, want a cursor that an answer gave as next", text)
		}
	}
	return after, limit, nil
}
