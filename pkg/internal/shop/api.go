package shop

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"sagalab/pkg/purchase"
)

// The largest bodies that are read, in bytes.
const (
	maxPurchaseBody = 64 << 10
	maxSceneBody    = 1 << 20
)

// Handler is the service's HTTP face: the contract, whole. Every answer that is
// not a success is a problem of package purchase.
func (s *Shop) Handler() http.Handler {
	mux := http.NewServeMux()
	route := func(method, path string, h handler) {
		mux.Handle(method+" "+path, s.answering(h))
		mux.Handle(path, s.answering(notAllowed(method)))
	}
	route("POST", "/purchase", s.postPurchase)
	route("GET", "/health", s.getHealth)
	route("GET", "/version", s.getVersion)
	route("GET", "/orders", s.getOrders)
	route("GET", "/orders/{id}", s.getOrder)
	route("GET", "/products/{id}", s.getProduct)
	route("GET", "/users/{id}", s.getUser)
	route("GET", "/ledger", s.getLedger)
	if s.config.Lab {
		route("PUT", "/lab/scenario", s.putScenario)
	}
	mux.Handle("/", s.answering(func(w http.ResponseWriter, r *http.Request) error {
		return purchase.NewProblem(purchase.NotFound, fmt.Sprintf("there is nothing at %.100q", r.URL.Path))
	}))
	return recovering(s.logger, s.defects.facing(mux))
}

func notAllowed(method string) handler {
	allowed := method
	if method == "GET" {
		allowed = "GET, HEAD"
	}
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Allow", allowed)
		return purchase.NewProblem(purchase.MethodNotAllowed, fmt.Sprintf("%s takes %s", r.URL.Path, allowed))
	}
}

// readJSON reads a body of at most limit bytes that is declared to be JSON.
func readJSON(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	media, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || media != "application/json" || (charset != "" && !strings.EqualFold(charset, "utf-8")) {
		return nil, purchase.NewProblem(purchase.UnsupportedMedia,
			fmt.Sprintf("the Content-Type is %.60q, want application/json", r.Header.Get("Content-Type")))
	}
	if coding := r.Header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return nil, purchase.NewProblem(purchase.UnsupportedMedia,
			fmt.Sprintf("the Content-Encoding is %.60q, want none", coding))
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, purchase.NewProblem(purchase.TooLarge, fmt.Sprintf("the body has more than %d bytes", limit))
	case err != nil:
		return nil, purchase.NewProblem(purchase.Malformed, "the body did not arrive whole")
	}
	return body, nil
}

// putScenario sets the scene.
func (s *Shop) putScenario(w http.ResponseWriter, r *http.Request) error {
	body, err := readJSON(w, r, maxSceneBody)
	if err != nil {
		return err
	}
	sc, err := parseScene(body)
	if err != nil {
		return malformed(err)
	}
	err = s.SetScene(r.Context(), sc)
	if errors.Is(err, errBusy) {
		return purchase.NewProblem(purchase.Overloaded, err.Error())
	}
	if err == nil {
		w.WriteHeader(http.StatusNoContent)
	}
	return err
}
