package h1_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"sagalab/pkg/retry"
	"sagalab/pkg/retry/internal/h1"
)

// ending is what an attempt came to, to be the same over both transports.
type ending struct {
	class  retry.Class
	status int
	body   string
	sent   bool
}

func endingOf(a retry.Attempt) ending { return ending{a.Class, a.Status, string(a.Body), a.Sent} }

// agree runs f over both transports and reports endings that differ.
func agree(t *testing.T, what string, f func(w *network) retry.Attempt) retry.Attempt {
	t.Helper()
	standard, own := f(&network{}), f(&network{own: true})
	if s, l := endingOf(standard), endingOf(own); s != l {
		t.Errorf("%s: net/http ended with %+v (%v), Transport with %+v (%v)", what, s, standard.Err, l, own.Err)
	}
	return own
}

var recorded = map[string]string{
	"length":       "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 22\r\n\r\n{\"status\":\"CONFIRMED\"}",
	"chunked":      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n5;name=value\r\nhello\r\na\r\n, chunked!\r\n0\r\nSum: 1\r\n\r\n",
	"until closed": "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nall of it",
	"HTTP/1.0":     "HTTP/1.0 200 OK\r\n\r\nold",
	"interim":      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
	"no content":   "HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n",
	"not modified": "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
	"folded":       "HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 2\r\n\r\n{}",
	"bare LF":      "HTTP/1.1 200 OK\nContent-Length: 2\n\n{}",
	"no length":    "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\n{}",
	"switched":     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nraw",
}

// An answer that breaks off means the same over both, wherever it does.
func TestAnswersCutAnywhere(t *testing.T) {
	for name, answer := range recorded {
		t.Run(name, func(t *testing.T) {
			for cut := range len(answer) + 1 {
				for _, reset := range []bool{false, true} {
					if reset && cut%8 != 0 {
						continue
					}
					var mu sync.Mutex
					saw := 0
					url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
						if !h1.ReadRequest(in) {
							return
						}
						mu.Lock()
						saw++
						mu.Unlock()
						io.WriteString(c, answer[:cut])
						if reset {
							c.SetLinger(0)
						}
					})
					agree(t, fmt.Sprintf("cut after %d bytes, reset %v", cut, reset), func(w *network) retry.Attempt {
						c := w.client(t, 1, nil)
						defer w.made.CloseIdleConnections()
						return c.Post(t.Context(), url, "", jsonWithKey).Last()
					})
					mu.Lock()
					if saw != 2 {
						t.Errorf("cut after %d bytes: the server saw %d requests, want one of each transport", cut, saw)
					}
					mu.Unlock()
				}
			}
		})
	}
}

// Answers come in whatever pieces the network makes of them.
func TestAnswersInPieces(t *testing.T) {
	for name, answer := range recorded {
		for _, size := range []int{1, 2, 3, 7, 64} {
			url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
				if !h1.ReadRequest(in) {
					return
				}
				for rest := answer; rest != ""; {
					n := min(size, len(rest))
					io.WriteString(c, rest[:n])
					rest = rest[n:]
				}
			})
			a := agree(t, fmt.Sprintf("%s in pieces of %d", name, size), func(w *network) retry.Attempt {
				return w.client(t, 1, nil).Post(t.Context(), url, "", jsonWithKey).Last()
			})
			if a.Class != "" {
				t.Errorf("%s in pieces of %d: %v (%v)", name, size, a, a.Err)
			}
		}
	}
}

func TestChunksOfAnySize(t *testing.T) {
	body := strings.Repeat("0123456789", 3000)
	for _, size := range []int{1, 13, 4095, 4096, 4097, 30000} {
		var b strings.Builder
		b.WriteString("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
		for rest := body; rest != ""; {
			n := min(size, len(rest))
			fmt.Fprintf(&b, "%x\r\n%s\r\n", n, rest[:n])
			rest = rest[n:]
		}
		b.WriteString("0\r\n\r\n")
		url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
			for h1.ReadRequest(in) {
				io.WriteString(c, b.String())
			}
		})
		over(t, func(t *testing.T, w *network) {
			c := w.client(t, 1, nil)
			for range 3 {
				if a := c.Post(t.Context(), url, "", jsonWithKey).Last(); string(a.Body) != body || !a.OK() {
					t.Errorf("chunks of %d: %d bytes (%v), want all %d", size, len(a.Body), a, len(body))
				}
			}
			if w.opened.Load() != 1 {
				t.Errorf("chunks of %d: %d connections opened, want 1 for 3 answers", size, w.opened.Load())
			}
		})
	}
}

// What no server should send is refused alike, and never becomes the answer to
// the next request.
func TestMalformedAnswers(t *testing.T) {
	const smuggled = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"
	for _, tt := range []struct {
		name, answer string
		refused      bool
	}{
		{"not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n", true},
		{"status in letters", "HTTP/1.1 abc OK\r\n\r\n", true},
		{"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", true},
		{"negative status", "HTTP/1.1 -20 OK\r\n\r\n", true},
		{"version", "HTTP/x.1 200 OK\r\n\r\n", true},
		{"HTTP/2 frames", "\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x64\r\n\r\n", true},
		{"negative length", "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", true},
		{"signed length", "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n{}", true},
		{"length in letters", "HTTP/1.1 200 OK\r\nContent-Length: 2x\r\n\r\n{}", true},
		{"length beyond 63 bits", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}", true},
		{"two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 30\r\n\r\n{}", true},
		{"a list of lengths", "HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\n{}", true},
		{"the same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", false},
		{"unknown encoding", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n{}", true},
		{"chunked twice", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", true},
		{"two encodings", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n", true},
		{"length and chunked", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", false},
		{"chunk size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n0\r\n\r\n", true},
		{"chunk size beyond 64 bits", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n{}\r\n0\r\n\r\n", true},
		{"chunk longer than its size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}{}\r\n0\r\n\r\n", true},
		{"header without colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", true},
		{"NUL in a name", "HTTP/1.1 200 OK\r\nA\x00b: 2\r\nContent-Length: 2\r\n\r\n{}", true},
		{"first line folded", "HTTP/1.1 200 OK\r\n folded\r\n\r\n", true},
		{"excess", h1.ShortAnswer, false},
		{"excess after no content", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", false},
		{"excess after 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
				if !h1.ReadRequest(in) {
					return
				}
				if n == 0 {
					io.WriteString(c, tt.answer+smuggled)
					io.Copy(io.Discard, c)
					return
				}
				io.WriteString(c, h1.ShortAnswer)
				h1.AnswerAll(in, c)
			})
			own := &network{own: true}
			c := own.client(t, 1, nil)
			first := c.Post(t.Context(), url, "", jsonWithKey).Last()
			if got := first.Class != ""; got != tt.refused {
				t.Errorf("answer ended with %v (%v), want it refused: %v", first, first.Err, tt.refused)
			}
			if a := c.Post(t.Context(), url, "", jsonWithKey).Last(); string(a.Body) != "{}" || !a.OK() {
				t.Errorf("the next answer is %q (%v), want its own", a.Body, a.Err)
			}

			second := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
				if h1.ReadRequest(in) {
					io.WriteString(c, tt.answer)
				}
			})
			agree(t, tt.name, func(w *network) retry.Attempt {
				return w.client(t, 1, nil).Post(t.Context(), second, "", jsonWithKey).Last()
			})
		})
	}
}

func TestHeadersAreBounded(t *testing.T) {
	line := "X-Filler: " + strings.Repeat("x", 1000) + "\r\n"
	for _, tt := range []struct {
		name, answer string
		refused      bool
	}{
		{"many lines", "HTTP/1.1 200 OK\r\n" + strings.Repeat(line, 2000), true},
		{"one line", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 2<<20), true},
		{"status line", "HTTP/1.1 200 " + strings.Repeat("x", 2<<20), true},
		{"interim answers", strings.Repeat("HTTP/1.1 103 Early Hints\r\n"+line+"\r\n", 2000), true},
		{"half a megabyte", "HTTP/1.1 200 OK\r\n" + strings.Repeat(line, 500) + "Content-Length: 2\r\n\r\n{}", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
				if h1.ReadRequest(in) {
					io.WriteString(c, tt.answer)
					io.Copy(io.Discard, c)
				}
			})
			a := agree(t, tt.name, func(w *network) retry.Attempt {
				return w.client(t, 1, nil).Post(t.Context(), url, "", jsonWithKey).Last()
			})
			if got := a.Class == retry.Transport; got != tt.refused {
				t.Errorf("ended with class %q (%v), want it refused: %v", a.Class, a.Err, tt.refused)
			}
		})
	}
}

func TestHeadHasNoBody(t *testing.T) {
	url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
		for h1.ReadRequest(in) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
		}
	})
	over(t, func(t *testing.T, w *network) {
		k := w.transport(t, 1, nil)
		for range 3 {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodHead, url, nil)
			resp, err := k.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(resp.Body); len(b) > 0 || err != nil || resp.ContentLength != 5 {
				t.Errorf("body %q, length %d, %v; want none, 5", b, resp.ContentLength, err)
			}
			resp.Body.Close()
		}
		if w.opened.Load() != 1 {
			t.Errorf("%d connections opened, want 1", w.opened.Load())
		}
	})
}

// A body that is not read to its end ends its connection, and no answer is read
// from it twice.
func TestBodiesGivenUp(t *testing.T) {
	url := h1.Listen(t, func(c *net.TCPConn, in *bufio.Reader, n int) {
		for h1.ReadRequest(in) {
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nanswer %03d", n)
		}
	})
	over(t, func(t *testing.T, w *network) {
		k := w.transport(t, 1, nil)
		for i := range 6 {
			req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
			resp, err := k.RoundTrip(req)
			if err != nil {
				t.Fatal(err)
			}
			p := make([]byte, 4)
			if _, err := io.ReadFull(resp.Body, p); string(p) != "answ" || err != nil {
				t.Errorf("request %d: read %q, %v", i, p, err)
			}
			if err := resp.Body.Close(); err != nil {
				t.Error(err)
			}
			if n, err := resp.Body.Read(p); n != 0 || err == nil {
				t.Errorf("a closed body gave %d bytes and %v", n, err)
			}
		}
		if w.opened.Load() != 6 {
			t.Errorf("%d connections opened, want one for each body given up", w.opened.Load())
		}
	})
}
