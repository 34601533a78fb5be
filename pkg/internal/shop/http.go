package shop

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"sync/atomic"

	"sagalab/pkg/internal/provenance"
	"sagalab/pkg/internal/shop/defect"
	"sagalab/pkg/internal/shop/httpio"
	"sagalab/pkg/internal/shop/store"
	"sagalab/pkg/purchase"
)

// httpAPI serves the contract of package purchase.
type httpAPI struct {
	lab          bool // PUT /lab/scenario exists
	closing      *atomic.Bool
	logger       *slog.Logger
	participants *store.Store
	catalog      *catalogCache
	purchases    *purchases
	fixtures     *fixtureSetter
	runs         *activeRuns
}

// handler routes requests, behind the defects that change requests and answers.
func (a *httpAPI) handler(defects *defect.Set) http.Handler {
	mux := http.NewServeMux()
	route := func(method, path string, h httpio.HandlerFunc) {
		mux.Handle(method+" "+path, h.Logging(a.logger))
		mux.Handle(path, notAllowed(method).Logging(a.logger))
	}
	route("POST", "/purchase", a.postPurchase)
	route("GET", "/health", a.getHealth)
	route("GET", "/version", a.getVersion)
	route("GET", "/orders", a.getOrders)
	route("GET", "/orders/{id}", a.getOrder)
	route("GET", "/products/{id}", a.getProduct)
	route("GET", "/users/{id}", a.getUser)
	route("GET", "/ledger", a.getLedger)
	if a.lab {
		route("PUT", "/lab/scenario", a.putFixture)
	}
	mux.Handle("/", httpio.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
		return purchase.NewProblem(purchase.NotFound, fmt.Sprintf("there is nothing at %.100q", r.URL.Path))
	}).Logging(a.logger))
	return httpio.RecoverPanics(a.logger, defects.WrapHandler(mux))
}

func notAllowed(method string) httpio.HandlerFunc {
	allowed := method
	if method == "GET" {
		allowed = "GET, HEAD"
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allowed)
		return purchase.NewProblem(purchase.MethodNotAllowed, fmt.Sprintf("%s takes %s", r.URL.Path, allowed))
	}
}

// postPurchase serves POST /purchase.
func (a *httpAPI) postPurchase(w http.ResponseWriter, r *http.Request) error {
	body, err := httpio.ReadJSON(w, r, httpio.MaxPurchaseBody)
	if err != nil {
		return err
	}
	req, err := httpio.ParseRequest(body, r.Header.Values("Idempotency-Key"))
	if err != nil {
		return httpio.Malformed(err)
	}
	if a.lab {
		token, err := runToken(r)
		if err != nil {
			return err
		}
		if token != "" {
			a.runs.begin(token)
			defer a.runs.end(token)
		}
	}
	order, replayed, err := a.purchases.buy(r.Context(), req)
	if err != nil {
		return err
	}
	return writeOutcome(w, order, replayed)
}

// writeOutcome answers with the outcome of a purchase.
func writeOutcome(w http.ResponseWriter, o purchase.Order, replayed bool) error {
	switch {
	case o.Status == purchase.Confirmed && replayed:
		w.Header().Set("Idempotent-Replayed", "true")
		httpio.WriteJSON(w, http.StatusOK, o)
		return nil
	case o.Status == purchase.Confirmed:
		w.Header().Set("Location", "/orders/"+o.OrderID)
		httpio.WriteJSON(w, http.StatusCreated, o)
		return nil
	}
	p := purchase.NewProblem(purchase.InProgress, "the purchase is still in progress: ask again with the same key")
	if o.Status == purchase.Cancelled {
		p = purchase.NewProblem(o.Reason, httpio.RefusalDetail(o))
	}
	p.OrderID = o.OrderID
	return p
}

// putFixture serves PUT /lab/scenario.
func (a *httpAPI) putFixture(w http.ResponseWriter, r *http.Request) error {
	body, err := httpio.ReadJSON(w, r, httpio.MaxFixtureBody)
	if err != nil {
		return err
	}
	f, err := httpio.ParseFixture(body)
	if err != nil {
		return httpio.Malformed(err)
	}
	held, err := heldTokens(r)
	if err != nil {
		return err
	}
	err = a.fixtures.set(r.Context(), f, func() error { return a.runs.checkOthers(held) })
	if errors.Is(err, errNotNow) {
		return purchase.NewProblem(purchase.Overloaded, err.Error())
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}

// getHealth serves GET /health: whether the service takes purchases and reaches its
// orders.
func (a *httpAPI) getHealth(w http.ResponseWriter, r *http.Request) error {
	if a.closing.Load() {
		return purchase.NewProblem(purchase.Overloaded, "the service is stopping")
	}
	if _, err := a.participants.Orders.Unfinished(1, a.catalog.token()); err != nil {
		a.logger.Error("health check failed: the orders cannot be read", "error", err)
		return purchase.NewProblem(purchase.Overloaded, "the service cannot reach its database")
	}
	now := int64(0) // a read shows what was answered before it
	httpio.WriteJSON(w, http.StatusOK, purchase.Health{Status: "ok", ReadsLagMS: &now})
	return nil
}

// getVersion serves GET /version, which a run records.
func (a *httpAPI) getVersion(w http.ResponseWriter, r *http.Request) error {
	httpio.WriteJSON(w, http.StatusOK, purchase.Version{Name: "sagalab reference service", Version: provenance.Here().Build()})
	return nil
}

func (a *httpAPI) getOrder(w http.ResponseWriter, r *http.Request) error {
	o, found, err := a.participants.Order(r.PathValue("id"))
	if err == nil && !found {
		err = purchase.NewProblem(purchase.UnknownOrder, fmt.Sprintf("there is no order %.60q", r.PathValue("id")))
	}
	if err == nil {
		httpio.WriteJSON(w, http.StatusOK, o)
	}
	return err
}

func (a *httpAPI) getOrders(w http.ResponseWriter, r *http.Request) error {
	return writePage(w, r, a.participants.OrdersPage)
}

func (a *httpAPI) getLedger(w http.ResponseWriter, r *http.Request) error {
	return writePage(w, r, a.participants.Ledger)
}

// writePage answers with the page that the query asks for.
func writePage[T any](w http.ResponseWriter, r *http.Request, read func(after int64, limit int) (T, error)) error {
	after, limit, err := httpio.ParsePage(r.URL.Query())
	if err != nil {
		return httpio.Malformed(err)
	}
	page, err := read(after, limit)
	if err == nil {
		httpio.WriteJSON(w, http.StatusOK, page)
	}
	return err
}

func (a *httpAPI) getProduct(w http.ResponseWriter, r *http.Request) error {
	return writeByID(w, r, a.participants.Product, purchase.UnknownProduct, "product")
}

func (a *httpAPI) getUser(w http.ResponseWriter, r *http.Request) error {
	return writeByID(w, r, a.participants.User, purchase.UnknownUser, "user")
}

// writeByID answers with what read returns for the number in the path.
func writeByID[T any](w http.ResponseWriter, r *http.Request, read func(int64) (T, bool, error), unknown purchase.Code, what string) error {
	id, bad := strconv.ParseInt(r.PathValue("id"), 10, 64)
	v, found, err := read(id)
	switch {
	case err != nil:
		return err
	case bad != nil || !found:
		return purchase.NewProblem(unknown, fmt.Sprintf("there is no %s %.60q", what, r.PathValue("id")))
	}
	httpio.WriteJSON(w, http.StatusOK, v)
	return nil
}
