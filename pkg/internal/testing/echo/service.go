package echo

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// Place is where in an answer a service echoes.
type Place struct {
	Name string
	// Answer writes the answer that has the echo.
	Answer func(w http.ResponseWriter, echo string)
}

// Places lists the places in answers to POST /purchase.
var Places = []Place{
	{"detail", problem(`{"type":"about:blank","title":"Bad Request","status":400,"detail":"you sent %s","code":"malformed"}`)},
	{"code", problem(`{"code":"%s","detail":"no"}`)},
	{"type and title", problem(`{"type":"https://errors.example/%[1]s","title":"%[1]s","code":"malformed"}`)},
	{"unknown member", problem(`{"headers":{"authorization":["%s"]}}`)},
	{"order's id", confirmed(`{"order_id":"%s","status":"CONFIRMED"}`)},
	{"answer of a success", confirmed(`{"order_id":"0198c0de-0000-7000-8000-000000000000","echo":"%s"}`)},
	{"page", func(w http.ResponseWriter, echo string) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, "<html><p>%s</p></html>", echo)
	}},
	{"content type", func(w http.ResponseWriter, echo string) {
		w.Header().Set("Content-Type", "text/plain; echo="+echo)
		io.WriteString(w, "see above")
	}},
	{"headers", func(w http.ResponseWriter, echo string) {
		w.Header().Set("Location", "https://other.example/"+echo)
		w.Header().Set("WWW-Authenticate", echo)
		w.Header().Set("Retry-After", echo)
		w.WriteHeader(http.StatusFound)
	}},
	{"at the end of what is kept", func(w http.ResponseWriter, echo string) {
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, strings.Repeat("x ", 235)+echo)
	}},
	{"answer that is cut", raw("HTTP/1.1 500 Error\r\nContent-Length: 100000\r\n\r\n%s")},
	{"status line", raw("HTTP/1.1 %s\r\n\r\n")},
	{"header that is none", raw("HTTP/1.1 200 OK\r\n%s\r\n\r\n")},
}

// problem answers 400 with a body.
func problem(format string) func(http.ResponseWriter, string) {
	return answer(http.StatusBadRequest, format)
}

// confirmed answers 201 with a body.
func confirmed(format string) func(http.ResponseWriter, string) {
	return answer(http.StatusCreated, format)
}

func answer(status int, format string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, echo string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		fmt.Fprintf(w, format, echo)
	}
}

// raw answers with these bytes and closes the connection.
func raw(format string) func(http.ResponseWriter, string) {
	return func(w http.ResponseWriter, echo string) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return // the client is gone
		}
		fmt.Fprintf(c, format, echo)
		c.Close()
	}
}

// Service echoes the Authorization header of each purchase, the next time in another
// encoding, and after all of them at another place. It is an http.Handler that is safe
// for concurrent use.
type Service struct {
	asked atomic.Int64
	// Answer, when not nil, takes the place of the echoes.
	Answer func(w http.ResponseWriter)
}

// Combinations is how many purchases see each encoding at each place.
func Combinations() int { return len(Encodings) * len(Places) }

// ServeHTTP answers a request.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := r.Header.Get("Authorization")
	switch {
	case r.URL.Path == "/health":
		fmt.Fprintf(w, `{"you_sent":%q}`, header)
	case r.URL.Path == "/version":
		fmt.Fprintf(w, `{"name":"shop %s","version":%q}`, header, strings.Repeat("v", 85)+" "+header)
	case r.Method != http.MethodPost:
		Places[0].Answer(w, header)
	case s.Answer != nil:
		s.Answer(w)
	default:
		n := int(s.asked.Add(1) - 1)
		_, token, _ := strings.Cut(header, " ")
		value := [...]string{header, token, "bearer " + token, "BEARER:" + token}[n/len(Encodings)%4]
		Places[n/len(Encodings)%len(Places)].Answer(w, Encodings[n%len(Encodings)].Encode(value))
	}
}
