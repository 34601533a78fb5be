// Command counter is a purchase service that confirms everything at once and
// counts: GET /count. It is quick where a test's own process, under the race
// detector, would be the bottleneck.
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
)

func main() {
	ln, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", ln.Addr())
	go func() { // it ends with its parent process
		io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	var count atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, `{"status":"ok"}`) })
	mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, count.Load()) })
	mux.HandleFunc("POST /purchase", func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		fmt.Fprintf(w, `{"order_id":"o-%d","status":"CONFIRMED"}`, count.Add(1))
	})
	fmt.Fprintln(os.Stderr, http.Serve(ln, mux))
}
