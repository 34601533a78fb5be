package market

import (
	"net/http"
	"strings"
	"time"
)

// run is a load test that sends purchases with its token.
type run struct {
	inProgress int
	last       time.Time // when a purchase of it last came or was answered
}

// enter notes a purchase of a run that came, exit one that ended.
func (m *Market) enter(token string) { m.regard(token, +1) }

func (m *Market) exit(token string) { m.regard(token, -1) }

func (m *Market) regard(token string, change int) {
	if token == "" {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r := m.labRuns[token]
	m.labRuns[token] = run{r.inProgress + change, time.Now()}
}

// busy reports whether a run is active whose token is not among those divided by commas. The caller holds mu.
func (m *Market) busy(tokens string) bool {
	own := map[string]bool{}
	for t := range strings.SplitSeq(tokens, ",") {
		own[strings.TrimSpace(t)] = true
	}
	for token, r := range m.labRuns {
		if !own[token] && (r.inProgress > 0 || time.Since(r.last) < 2*time.Second) {
			return true
		}
	}
	return false
}

// serveScenario is PUT /lab/scenario.
func (m *Market) serveScenario(w http.ResponseWriter, r *http.Request) {
	text, err := body(r, 1<<20)
	if err != nil {
		m.refuse(w, err)
		return
	}
	f, err := parseFixture(text)
	if err != nil {
		m.refuse(w, err)
		return
	}
	if !m.replace(f, r.Header.Get("Lab-Run")) {
		m.problem(w, http.StatusConflict, "busy", "")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// replace sets a fixture, or reports that another run is active.
func (m *Market) replace(f Fixture, tokens string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.busy(tokens) {
		return false
	}
	m.states.set(newState(m, f), m.opt.ReadsLag)
	return true
}

// parseFixture reads the body of PUT /lab/scenario.
func parseFixture(text []byte) (f Fixture, err error) {
	object, err := parseObject(text)
	if err != nil {
		return f, err
	}
	users, err := rows(object["users"], "user_id", "balance")
	if err != nil {
		return f, err
	}
	products, err := rows(object["products"], "product_id", "price", "stock")
	if err != nil {
		return f, err
	}
	for _, u := range users {
		f.Users = append(f.Users, User{u[0], u[1]})
	}
	for _, p := range products {
		f.Products = append(f.Products, Product{p[0], p[1], p[2]})
	}
	if !f.valid() {
		return f, errMalformed
	}
	return f, nil
}

// rows returns the named members of each object of an array.
func rows(v any, names ...string) ([][]int64, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, errMalformed
	}
	var all [][]int64
	for _, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			return nil, errMalformed
		}
		var row []int64
		for _, name := range names {
			n, err := integer(object[name], 0)
			if err != nil {
				return nil, err
			}
			row = append(row, n)
		}
		all = append(all, row)
	}
	return all, nil
}
