package bookshop

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
)

// maxBody is the most that is read of a request, in bytes.
const maxBody = 1 << 20

// New returns a service of two shops: a careful one, and below /careless one that loses
// updates of its shelf. Both begin with a few books, and are independent.
func New() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", newShop(false).handler())
	mux.Handle("/careless/", http.StripPrefix("/careless", newShop(true).handler()))
	return mux
}

func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/orders", s.buy)
	mux.HandleFunc("GET /v2/orders", s.listOrders)
	mux.HandleFunc("GET /v2/books/{sku}", s.showBook)
	mux.HandleFunc("GET /v2/customers/{name}", s.showCustomer)
	mux.HandleFunc("GET /v2/payments", func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, s.allPayments()) })
	mux.HandleFunc("POST /test/reset", s.setStock)
	return mux
}

func answer(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value) // the client has gone
}

func fail(w http.ResponseWriter, status int, word string) {
	answer(w, status, map[string]string{"error": word})
}

// statusOf is the HTTP status of a refusal before anything is done.
var statusOf = map[string]int{"other_order": 422, "still_working": 409, "unknown_book": 400, "unknown_customer": 400}

// buy serves POST /v2/orders.
func (s *shop) buy(w http.ResponseWriter, r *http.Request) {
	var x sale
	err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&x)
	key := r.Header.Get("X-Request-Id")
	if err != nil || x.Copies < 1 || len(key) > 255 {
		fail(w, 400, "bad_request")
		return
	}
	o, replayed, refused := s.begin(key, x)
	switch {
	case refused != "":
		fail(w, statusOf[refused], refused)
		return
	case replayed:
		w.Header().Set("X-Replayed", "yes")
	default:
		o = s.sell(o, key, x)
	}
	answer(w, 201, map[string]any{"order": o})
}

// listOrders serves GET /v2/orders.
func (s *shop) listOrders(w http.ResponseWriter, r *http.Request) {
	n := 1
	if text := r.FormValue("page"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > 1_000_000 {
			fail(w, 400, "bad_request")
			return
		}
	}
	list, pages := s.page(n)
	answer(w, 200, map[string]any{"orders": list, "pages": pages})
}

// showBook serves GET /v2/books/{sku}.
func (s *shop) showBook(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.books[r.PathValue("sku")]
	if b == nil {
		fail(w, 404, "unknown_book")
		return
	}
	answer(w, 200, map[string]any{"sku": r.PathValue("sku"), "price": b.price, "copies": map[string]int64{"on_shelf": b.onShelf, "set_aside": b.setAside}})
}

// showCustomer serves GET /v2/customers/{name}.
func (s *shop) showCustomer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wallet, known := s.wallets[r.PathValue("name")]
	if !known {
		fail(w, 404, "unknown_customer")
		return
	}
	answer(w, 200, map[string]any{"name": r.PathValue("name"), "wallet": wallet})
}

// setStock serves POST /test/reset.
func (s *shop) setStock(w http.ResponseWriter, r *http.Request) {
	var to stock
	if err := json.NewDecoder(io.LimitReader(r.Body, maxBody)).Decode(&to); err != nil {
		fail(w, 400, "bad_request")
		return
	}
	if to.Customers == nil {
		to.Customers = map[string]cents{}
	}
	s.reset(to)
	w.WriteHeader(http.StatusNoContent)
}
