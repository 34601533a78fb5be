package fault

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"sync"
)

// Recognise says which call a request is: its Purchase and its Step. ok is false for one that
// belongs to no purchase. body is nil when it is larger than MaxBody. It is called by many
// goroutines at once.
type Recognise func(r *http.Request, body []byte) (c Call, ok bool)

// ClientCalls recognises the calls of a client that marks them (CallHeader).
func ClientCalls() Recognise {
	return func(r *http.Request, _ []byte) (Call, bool) { return CallOf(r.Header) }
}

// ParticipantCalls recognises the calls of a service to a participant by the ids
// in p. Their step is the method and the path without ids.
func ParticipantCalls(p *Purchases) Recognise {
	return func(r *http.Request, body []byte) (Call, bool) {
		n := p.of(r, body)
		return Call{Purchase: n, Step: r.Method + " " + p.pathWithoutIDs(r.URL.EscapedPath())}, n > 0
	}
}

// minID is the shortest id, in bytes, that is looked for: a shorter one is found anywhere.
const minID = 4

// Purchases are the purchases of an execution, by the keys and the ids of orders that stand in
// calls to participants. The zero value has none; it is safe for concurrent use.
type Purchases struct {
	mu  sync.RWMutex
	ids []knownID
	one int
}

type knownID struct {
	text     string
	purchase int
}

// Reset removes all purchases.
func (p *Purchases) Reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids, p.one = nil, 0
}

// Add says that an idempotency key, or the id of an order, is a purchase's. Texts shorter than
// 4 bytes are not looked for.
func (p *Purchases) Add(id string, purchase int) {
	if len(id) < minID {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ids = append(p.ids, knownID{id, purchase})
}

// SetOnly says that a purchase is the only one under way, 0 that several may be: the calls that
// no id tells apart belong to it.
func (p *Purchases) SetOnly(purchase int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.one = purchase
}

// of returns the purchase that a call belongs to, 0 when it is not known: by an id in a header,
// in the address or in the body, else the only one. A call with ids of two purchases
// belongs to none.
func (p *Purchases) of(r *http.Request, body []byte) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	address := r.URL.EscapedPath() + "?" + r.URL.RawQuery
	if plain, err := url.QueryUnescape(address); err == nil {
		address += "\n" + plain
	}
	found := 0
	for _, id := range p.ids {
		switch {
		case found == id.purchase || !containsID(address, id.text) && !hasHeader(r.Header, id.text) && !containsID(string(body), id.text):
		case found == 0:
			found = id.purchase
		default:
			return 0
		}
	}
	if found == 0 {
		return p.one
	}
	return found
}

// hasHeader reports whether an id stands in a header.
func hasHeader(header http.Header, id string) bool {
	for _, values := range header {
		for _, v := range values {
			if containsID(v, id) {
				return true
			}
		}
	}
	return false
}

// containsID reports whether an id stands in a text on its own: not as a part of a longer word.
func containsID(text, id string) bool {
	for from := 0; ; {
		i := strings.Index(text[from:], id)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(id)
		if (start == 0 || !isWord(text[start-1])) && (end == len(text) || !isWord(text[end])) {
			return true
		}
		from = start + 1
	}
}

func isWord(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// pathWithoutIDs returns a path whose segments that are ids, numbers or long hexadecimal words are {id}.
func (p *Purchases) pathWithoutIDs(path string) string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	segments := strings.Split(path, "/")
	for i, s := range segments {
		if isID(s) || p.knows(s) {
			segments[i] = "{id}"
		}
	}
	return strings.Join(segments, "/")
}

func (p *Purchases) knows(segment string) bool {
	for _, id := range p.ids {
		if containsID(segment, id.text) {
			return true
		}
	}
	return false
}

// isID reports whether a segment of a path looks like an id: a number, or at least 8 hexadecimal
// digits and dashes with a digit among them.
func isID(segment string) bool {
	if segment == "" {
		return false
	}
	if strings.Trim(segment, "0123456789") == "" {
		return true
	}
	return len(segment) >= 8 && strings.Trim(segment, "0123456789abcdefABCDEF-") == "" && bytes.ContainsAny([]byte(segment), "0123456789")
}
