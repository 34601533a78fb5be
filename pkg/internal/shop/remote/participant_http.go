package remote

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// router adds a participant's routes.
type router struct {
	*http.ServeMux
	*Participant
}

// routes begins with those that all participants have.
func (p *Participant) routes(ids func() (map[int64]bool, error), reset func(fixture) error) router {
	r := router{http.NewServeMux(), p}
	p.handler = httpio.RecoverPanics(p.logger, r.ServeMux)
	r.route("GET /health", func(w http.ResponseWriter, _ *http.Request) error {
		httpio.WriteJSON(w, http.StatusOK, purchase.Health{Status: "ok"})
		return nil
	})
	r.route("GET /ids", func(w http.ResponseWriter, _ *http.Request) error {
		known, err := ids()
		list := make([]int64, 0, len(known))
		for id := range known {
			list = append(list, id)
		}
		if err == nil {
			httpio.WriteJSON(w, http.StatusOK, list)
		}
		return err
	})
	r.route("GET /fixture", func(w http.ResponseWriter, _ *http.Request) error {
		p.mu.RLock()
		defer p.mu.RUnlock()
		httpio.WriteJSON(w, http.StatusOK, fixture{ID: p.fixtureID})
		return nil
	})
	r.route("PUT /fixture", func(w http.ResponseWriter, req *http.Request) error { return p.setFixture(w, req, reset) })
	r.route("POST /effects", p.writeEffects)
	return r
}

func (r router) route(pattern string, h httpio.HandlerFunc) { r.Handle(pattern, h.Logging(r.logger)) }

// call answers one step of a saga.
func (r router) call(name string, do store.Call) {
	r.route("POST /"+name, func(w http.ResponseWriter, req *http.Request) error {
		var c sagaCall
		if err := readBody(req, &c); err != nil {
			return err
		}
		if c.OrderID == "" {
			return purchase.NewProblem(purchase.Malformed, "the body names no order_id")
		}
		c.Attempt, _ = strconv.Atoi(req.Header.Get(AttemptHeader)) // for a person who reads along
		r.mu.RLock()
		defer r.mu.RUnlock()
		if id := req.Header.Get(FixtureHeader); id != r.fixtureID {
			http.Error(w, fmt.Sprintf("fixture %.60q is not the one that is set", id), http.StatusGone)
			return nil
		}
		e, err := do(c.Cart, c.Before)
		if err == nil {
			httpio.WriteJSON(w, http.StatusOK, e)
		}
		return err
	})
}

// byID answers reads of one thing by its number.
func (r router) byID(path string, get func(id int64) (v any, found bool, err error)) {
	r.route("GET "+path+"{id}", func(w http.ResponseWriter, req *http.Request) error {
		id, err := strconv.ParseInt(req.PathValue("id"), 10, 64)
		if err != nil {
			return httpio.Malformed(err)
		}
		v, found, err := get(id)
		switch {
		case err != nil:
			return err
		case !found:
			return purchase.NewProblem(purchase.NotFound, fmt.Sprintf("there is nothing at %s%d", path, id))
		}
		httpio.WriteJSON(w, http.StatusOK, v)
		return nil
	})
}

// setFixture serves PUT /fixture; calls under way end before.
func (p *Participant) setFixture(w http.ResponseWriter, req *http.Request, reset func(fixture) error) error {
	var f fixture
	if err := readBody(req, &f); err != nil {
		return err
	}
	if f.ID == "" {
		return purchase.NewProblem(purchase.Malformed, "the body names no id")
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := reset(f); err != nil {
		return err
	}
	p.fixtureID = f.ID
	p.defects.Reset()
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// writeEffects serves POST /effects: what this participant did for some orders.
func (p *Participant) writeEffects(w http.ResponseWriter, req *http.Request) error {
	var asked orderIDs
	if err := readBody(req, &asked); err != nil {
		return err
	}
	list := []store.RecordedEffect{}
	if len(asked.Orders) > 0 {
		recorded, err := p.db.Effects(asked.Orders)
		if err != nil {
			return err
		}
		list = append(list, recorded...)
	}
	httpio.WriteJSON(w, http.StatusOK, append(list, p.defects.HiddenSteps(asked.Orders)...))
	return nil
}

// readBody reads a body of JSON into v.
func readBody(req *http.Request, v any) error {
	text, err := io.ReadAll(io.LimitReader(req.Body, maxBody))
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return httpio.Malformed(err)
	}
	return nil
}
