package fault

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// CallHeader is the name of the header that says to a CallProxy for which purchase, and for which
// step of it, a request is. Its value is that of Call.Mark. The proxy removes it before the
// request is forwarded.
const CallHeader = "Lab-Call"

// Mark returns the value of CallHeader: the purchase, and the step, percent-encoded. A
// CallProxy counts the attempts itself.
func (c Call) Mark() string {
	mark := "purchase=" + strconv.Itoa(c.Purchase)
	if c.Step != "" {
		mark += ";step=" + url.PathEscape(c.Step)
	}
	return mark
}

// CallOf returns the call that a request's header marks, without an attempt. marked is false
// when there is no mark that can be read.
func CallOf(header http.Header) (c Call, marked bool) {
	first, rest, more := strings.Cut(header.Get(CallHeader), ";")
	number, ok := strings.CutPrefix(first, "purchase=")
	n, err := strconv.ParseUint(number, 10, 31)
	if !ok || err != nil || n == 0 {
		return Call{}, false
	}
	c.Purchase = int(n)
	if !more {
		return c, true
	}
	escaped, ok := strings.CutPrefix(rest, "step=")
	if c.Step, err = url.PathUnescape(escaped); !ok || err != nil || c.Step == "" {
		return Call{}, false
	}
	return c, true
}
