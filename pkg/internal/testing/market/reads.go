package market

import (
	"net/http"
	"sort"
	"strconv"
	"strings"
	"time"
)

// view is the state that a read shows, and of what time.
type view struct {
	*state
	at time.Time
}

// read calls f with what reads show now, with a lag the state of so long ago, and returns what f returns.
func (m *Market) read(f func(view) bool) bool {
	v := m.view()
	v.mu.Lock()
	defer v.mu.Unlock()
	return f(v)
}

func (m *Market) view() view {
	at := time.Now().Add(-m.opt.ReadsLag)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.opt.ReadsLag == 0 {
		return view{m.states.last(), at.Add(time.Hour)} // the newest, at any resolution of the clock
	}
	st, _ := m.states.at(at)
	return view{st, at}
}

func (m *Market) serveHealth(w http.ResponseWriter, _ *http.Request) {
	health := map[string]any{"status": "ok"}
	if m.opt.DeclareLag {
		health["reads_lag_ms"] = (m.opt.ReadsLag + time.Millisecond - 1).Milliseconds()
	}
	m.send(w, http.StatusOK, health)
}

func (m *Market) serveVersion(w http.ResponseWriter, _ *http.Request) {
	m.send(w, http.StatusOK, map[string]string{"name": "market", "version": "1"})
}

func (m *Market) serveProduct(w http.ResponseWriter, r *http.Request) {
	id := number(r)
	m.serveOne(w, "unknown_product", func(v view) (map[string]int64, bool) {
		p := v.products[id]
		if p == nil {
			return nil, false
		}
		l, _ := p.at(v.at)
		l = m.falseLevel(l, r)
		return map[string]int64{"product_id": id, "price": l.price, "stock": l.stock, "reserved": l.reserved}, true
	})
}

func (m *Market) serveUser(w http.ResponseWriter, r *http.Request) {
	id := number(r)
	m.serveOne(w, "unknown_user", func(v view) (map[string]int64, bool) {
		u := v.users[id]
		if u == nil {
			return nil, false
		}
		balance, _ := u.at(v.at)
		return map[string]int64{"user_id": id, "balance": v.falseBalance(id, balance)}, true
	})
}

// serveOne answers with what look finds, or with 404 and the code.
func (m *Market) serveOne(w http.ResponseWriter, unknown string, look func(view) (map[string]int64, bool)) {
	var body map[string]int64
	if !m.read(func(v view) (found bool) { body, found = look(v); return found }) {
		m.problem(w, http.StatusNotFound, unknown, "")
		return
	}
	m.send(w, http.StatusOK, body)
}

func (m *Market) serveOrder(w http.ResponseWriter, r *http.Request) {
	var rec record
	found := m.read(func(v view) (there bool) {
		if o := v.byID[r.PathValue("id")]; o != nil && !o.unreadable {
			rec, there = o.at(v.at)
			rec = v.falseOrder(rec)
		}
		return there
	})
	if !found {
		m.problem(w, http.StatusNotFound, "unknown_order", "")
		return
	}
	m.send(w, http.StatusOK, m.visible(rec))
}

// number returns the id of a path, 0 if it is no number.
func number(r *http.Request) int64 {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

// visible returns an order without the members that the service hides.
func (m *Market) visible(r record) record {
	if m.opt.Without.Keys {
		r.Key = ""
	}
	if m.opt.Without.Steps {
		r.Steps = []step{}
	}
	return r
}

func (m *Market) serveOrders(w http.ResponseWriter, r *http.Request) {
	rows, next := []record{}, ""
	ok := m.read(func(v view) bool {
		count := sort.Search(len(v.orders), func(i int) bool { _, there := v.orders[i].at(v.at); return !there })
		from, to, ok := m.page(r, count)
		for _, o := range v.orders[from:to] {
			if rec, _ := o.at(v.at); !o.unlisted && !m.hidesOrder(rec) {
				rows = append(rows, m.visible(rec))
			}
		}
		next = m.cursor(to, count)
		return ok
	})
	m.sendPage(w, ok, map[string]any{"orders": rows, "next": next})
}

func (m *Market) serveLedger(w http.ResponseWriter, r *http.Request) {
	rows, next := []entry{}, ""
	ok := m.read(func(v view) bool {
		count := sort.Search(len(v.ledger), func(i int) bool { return v.ledger[i].since.After(v.at) })
		from, to, ok := m.page(r, count)
		for _, e := range v.ledger[from:to] {
			if !m.hidesEntry(e) {
				rows = append(rows, e)
			}
		}
		next = m.cursor(to, count)
		return ok
	})
	m.sendPage(w, ok, map[string]any{"entries": rows, "next": next})
}

// sendPage sends a page, or that the query for it was malformed.
func (m *Market) sendPage(w http.ResponseWriter, ok bool, page any) {
	if !ok {
		m.refuse(w, errMalformed)
		return
	}
	m.send(w, http.StatusOK, page)
}

// cursor returns where the page after row to begins: c and the number of rows before it, empty after the last.
func (m *Market) cursor(to, count int) string {
	if to >= count || m.endsEarly(to) {
		return ""
	}
	return "c" + strconv.Itoa(to)
}

// page returns which of count rows a query asks for, and whether it is well formed.
func (m *Market) page(r *http.Request, count int) (from, to int, ok bool) {
	q, limit := r.URL.Query(), m.opt.PageSize
	if q.Has("limit") {
		n, err := strconv.Atoi(q.Get("limit"))
		if err != nil || n < 1 || n > 1000 {
			return 0, 0, false
		}
		limit = min(limit, n)
	}
	if m.opt.RaggedPages {
		limit = 1 + int(m.draw(int64(limit)))
	}
	if after := q.Get("after"); after != "" {
		rest, isCursor := strings.CutPrefix(after, "c")
		n, err := strconv.Atoi(rest)
		if !isCursor || err != nil || n < 0 {
			return 0, 0, false
		}
		from = m.falseRow(min(n, count), count)
	}
	return from, min(from+limit, count), true
}
