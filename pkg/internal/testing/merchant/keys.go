package merchant

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"sagalab/pkg/internal/acp"
)

// kept is what a key stands for. answer is set once done is closed.
type kept struct {
	print  string // of the body
	done   chan struct{}
	answer answer
	gone   bool // nothing is kept under it
}

// keyed does a POST under its key, or answers what is kept under it.
func (m *Merchant) keyed(p posted, do func(posted) answer) answer {
	switch {
	case p.key == "":
		return m.withoutKey(p, do)
	case m.has(NoKeys), m.has(RepeatsComplete) && p.isComplete():
		return do(p)
	case m.has(TrimsKeys) && strings.ContainsAny(p.key, `"\`):
		return failure(http.StatusBadRequest, "invalid_key", "the key has signs")
	}
	scope, print := m.scope(p), m.print(p)
	k, mine := m.take(p, scope, print)
	together := m.meet(p)
	if !mine {
		return m.repeated(p, k, print, do)
	}
	if !m.options.Fast {
		together.wait()
	}
	a := do(p)
	m.keep(scope, k, a)
	return a
}

// isComplete reports whether the request completes a checkout, isUpdate whether it updates one.
func (p posted) isComplete() bool { return strings.HasSuffix(p.URL.Path, "/complete") }
func (p posted) isUpdate() bool   { return strings.HasSuffix(p.URL.Path, "/"+p.PathValue("id")) }

// isAtOnce reports whether it is one of two that are sent at once.
func (p posted) isAtOnce() bool { return strings.HasPrefix(p.Header.Get("Request-Id"), "two-at-once-") }

// scope returns what a key stands for in its place.
func (m *Merchant) scope(p posted) string {
	key, path, agent := p.key, p.URL.Path, p.Header.Get("Authorization")
	switch {
	case m.has(CutsKeys):
		key = key[:min(len(key), 64)]
	case m.has(FoldsKeys):
		key = strings.ToLower(key)
	case m.has(ScopeWithoutPath):
		path = ""
	case m.has(ScopeByRoute) && p.isComplete():
		path = "complete"
	case m.has(ScopeWithoutAgent):
		agent = ""
	}
	return fmt.Sprintf("%q %q %q", agent, path, key)
}

// print returns what bodies have in common that are the same request.
func (m *Merchant) print(p posted) string {
	canonical, err := acp.Canonical(p.body)
	if err != nil {
		return string(p.body)
	}
	switch {
	case m.has(ComparesBytes):
		return string(p.body)
	case m.has(ComparesOrder):
		var b bytes.Buffer
		if json.Compact(&b, p.body) == nil {
			return b.String()
		}
	case m.has(NumbersAsText) && bytes.Contains(p.body, []byte("1.0")):
		return string(canonical) + " 1.0"
	case m.has(NullIsAbsent):
		return strings.NewReplacer(`"more":null,`, "").Replace(string(canonical))
	case m.has(ArraysAsSets):
		return strings.NewReplacer(`["y","x"]`, `["x","y"]`).Replace(string(canonical))
	case m.has(HeadersCount):
		return string(canonical) + p.Header.Get("Accept-Language")
	case m.has(IgnoresExtensions):
		return strings.NewReplacer(`["B"]`, `["A"]`).Replace(string(canonical))
	}
	return string(canonical)
}

// take returns what is kept under a key; mine says that the request has to be done.
func (m *Merchant) take(p posted, scope, print string) (k *kept, mine bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	twice := m.has(CreatesTwice) && p.PathValue("id") == "" || m.has(CompletesTwice) && p.isComplete()
	if k = m.keys[scope]; k != nil && !(twice && p.isAtOnce()) {
		return k, false
	}
	k = &kept{print: print, done: make(chan struct{})}
	m.keys[scope] = k
	return k, true
}

// keep keeps an answer under a key.
func (m *Merchant) keep(scope string, k *kept, a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k.answer = a
	if a.status >= 500 && !m.has(KeepsErrors) && !m.has(KeepsErrorsMutely) {
		k.gone = true
		delete(m.keys, scope)
	}
	close(k.done)
}

// repeated answers a request whose key is known.
func (m *Merchant) repeated(p posted, k *kept, print string, do func(posted) answer) answer {
	if print != k.print && !m.has(IgnoresConflicts) {
		return m.conflict(p, k, print, do)
	}
	if m.options.Waits {
		<-k.done
	}
	select {
	case <-k.done:
	default:
		return m.inFlight()
	}
	if k.gone { // by a failure meanwhile
		return m.keyed(p, do)
	}
	return m.replay(p, k, do)
}

// conflict answers another body under a known key.
func (m *Merchant) conflict(p posted, k *kept, print string, do func(posted) answer) answer {
	status := http.StatusUnprocessableEntity
	switch {
	case m.has(ConflictStatus):
		status = http.StatusConflict
	case m.has(ConflictReplaces):
		<-k.done
		a := do(p)
		m.mu.Lock()
		k.print, k.answer = print, a
		m.mu.Unlock()
	}
	return failure(status, "idempotency_conflict", "Idempotency-Key has already been used with a different request body")
}

// inFlight answers a request whose original has not been answered.
func (m *Merchant) inFlight() answer {
	switch {
	case m.has(InFlightStatus):
		return failure(http.StatusBadRequest, "busy", "try again")
	case m.has(InFlightReplay):
		return answer{status: http.StatusOK, body: []byte("{}")}
	}
	a := failure(http.StatusConflict, "idempotency_in_flight", "A request with this Idempotency-Key is currently being processed")
	if m.has(NoRetryAfter) {
		return a
	}
	return a.with("Retry-After", "1")
}

// replay answers as before.
func (m *Merchant) replay(p posted, k *kept, do func(posted) answer) answer {
	m.mu.Lock()
	a := k.answer
	m.mu.Unlock()
	switch {
	case m.has(RepeatsUpdates) && p.isUpdate():
		do(p)
	case m.has(ReplayStatus):
		a.status = http.StatusOK
	case m.has(ReplaysState):
		a = m.current(a)
	case m.has(NoReplayedHeader), m.has(KeepsErrorsMutely):
		return a
	}
	return a.with("Idempotent-Replayed", "true")
}

// current returns an answer with the checkout as it is now.
func (m *Merchant) current(a answer) answer {
	var named struct{ ID string }
	if json.Unmarshal(a.body, &named) != nil {
		return a
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if s := m.sessions[named.ID]; s != nil {
		return s.answer(a.status)
	}
	return a
}

// meeting is where two requests that are sent at once wait for each other. The zero value of its
// pointer is none.
type meeting struct {
	there []string
	full  chan struct{}
}

// meet notes that a request is there, and returns where it may wait for the other one.
func (m *Merchant) meet(p posted) *meeting {
	if !p.isAtOnce() {
		return nil
	}
	name, number, _ := strings.Cut(p.Header.Get("Request-Id"), "/")
	m.mu.Lock()
	defer m.mu.Unlock()
	at := m.meetings[name]
	if at == nil {
		at = &meeting{full: make(chan struct{})}
		m.meetings[name] = at
	}
	if !slices.Contains(at.there, number) {
		if at.there = append(at.there, number); len(at.there) == 2 {
			close(at.full)
		}
	}
	return at
}

// wait returns when both requests are there, or after 10 s where the other one has got lost.
func (at *meeting) wait() {
	if at == nil {
		return
	}
	select {
	case <-at.full:
	case <-time.After(10 * time.Second):
	}
}
