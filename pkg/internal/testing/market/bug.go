package market

import (
	"hash/fnv"
	"io"
	"runtime"
	"slices"
	"strconv"
)

// Bug is a way in which a market breaks the contract.
type Bug struct {
	// Name selects it in Options.
	Name string
	// Title says in a sentence what the service does wrong.
	Title string
	// Source says where the idea comes from: an article, an incident or a class of them.
	Source string
	// Class is what it amounts to.
	Class string
	// Needs says which load makes it strike.
	Needs string
	// Probability is the fraction of the purchases that meet the need which it concerns; 0 means 0.05.
	Probability float64
	// Steps is the order of the steps that it needs, used where Options have the zero value.
	Steps StepOrder
}

// find returns the bug of a name.
func find(name string) (Bug, bool) {
	all := Bugs()
	i := slices.IndexFunc(all, func(b Bug) bool { return b.Name == name })
	if i < 0 {
		return Bug{}, false
	}
	return all[i], true
}

// Struck returns how often the bug had an effect that calls can show. An effect that a later one hides counts too.
func (m *Market) Struck() int { return len(m.StruckOn()) }

// StruckOn returns on which order, or where there is none on which key or path, the bug had each of its effects.
func (m *Market) StruckOn() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.struck)
}

// bug reports whether the service's bug is this one and concerns the subject, a key or an order.
func (m *Market) bug(name, subject string) bool {
	if m.opt.Bug != name {
		return false
	}
	h := fnv.New64a()
	io.WriteString(h, strconv.FormatUint(m.opt.Seed, 36)+"/"+subject)
	x := h.Sum64() // the last bytes of a subject barely reach the high bits: mix
	x ^= x >> 32
	x *= 0x9e3779b97f4a7c15
	x ^= x >> 29
	return float64(x>>11)/(1<<53) < m.opt.BugProbability
}

// hit counts an effect of the bug.
func (m *Market) hit(subject string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.struck = append(m.struck, subject)
}

func (m *Market) hitIf(effect bool, subject string) {
	if effect {
		m.hit(subject)
	}
}

// gap lets others work between a check and an act. The caller holds mu.
func (st *state) gap() {
	st.mu.Unlock()
	runtime.Gosched()
	for range 3 {
		st.m.pause()
	}
	st.mu.Lock()
}

// bug reports whether the service's bug is this one and concerns the purchase.
func (s *saga) bug(name string) bool {
	if s.req.key != "" {
		return s.m.bug(name, s.req.key)
	}
	return s.m.bug(name, s.id)
}

func (s *saga) hit() { s.m.hit(s.id) }

func (s *saga) hitIf(effect bool) { s.m.hitIf(effect, s.id) }

// later calls f while it holds mu, some time after the answer.
func (s *saga) later(f func()) {
	s.m.under(+1)
	go func() {
		defer s.m.under(-1)
		for range 3 {
			s.m.pause()
		}
		s.locked(f)
	}()
}

// restarted reports whether the service was started again since the purchase began.
func (s *saga) restarted() bool {
	s.m.mu.Lock()
	defer s.m.mu.Unlock()
	return s.m.life != s.life
}
