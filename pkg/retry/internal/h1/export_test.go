package h1

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
)

// AnyAlive reports whether an idle connection could take a request.
func (t *Transport) AnyAlive() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, h := range t.hosts {
		for _, c := range h.idle {
			if c.alive() {
				return true
			}
		}
	}
	return false
}

// Hosts returns to how many hosts places are taken.
func (t *Transport) Hosts() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.hosts)
}

// The limits that tests try.
const (
	MaxRequestBody = maxRequestBody
	MaxInlineWrite = maxInlineWrite
)

// Listen runs serve on every connection, which it closes after; n counts them
// from 0.
func Listen(t *testing.T, serve func(c *net.TCPConn, in *bufio.Reader, n int)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	ended := make(chan struct{})
	wg.Go(func() {
		for n := 0; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				over := make(chan struct{})
				defer close(over)
				go func() {
					select {
					case <-over:
					case <-ended:
					}
					c.Close()
				}()
				serve(c.(*net.TCPConn), bufio.NewReader(c), n)
			})
		}
	})
	t.Cleanup(func() { l.Close(); close(ended); wg.Wait() })
	return "http://" + l.Addr().String()
}

// ReadRequest reads one and its body, false at the connection's end.
func ReadRequest(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// ShortAnswer has a body of two bytes.
const ShortAnswer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

// AnswerAll answers every request with ShortAnswer.
func AnswerAll(in *bufio.Reader, c net.Conn) {
	for ReadRequest(in) {
		io.WriteString(c, ShortAnswer)
	}
}
