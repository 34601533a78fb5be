package h1

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

// answeringConn is a connection that accepts any request and answers with one text.
type answeringConn struct{ answer io.Reader }

func (c *answeringConn) Read(p []byte) (int, error)       { return c.answer.Read(p) }
func (c *answeringConn) Write(p []byte) (int, error)      { return len(p), nil }
func (c *answeringConn) Close() error                     { return nil }
func (c *answeringConn) LocalAddr() net.Addr              { return &net.TCPAddr{} }
func (c *answeringConn) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (c *answeringConn) SetDeadline(time.Time) error      { return nil }
func (c *answeringConn) SetReadDeadline(time.Time) error  { return nil }
func (c *answeringConn) SetWriteDeadline(time.Time) error { return nil }

// reference returns what net/http reads of answer after interim answers, and how
// many bytes follow its end.
func reference(answer []byte) (status int, body []byte, rest int, err error) {
	in := bufio.NewReaderSize(bytes.NewReader(answer), 4096)
	for {
		resp, err := http.ReadResponse(in, nil)
		if err != nil {
			return 0, nil, 0, err
		}
		if resp.StatusCode >= 100 && resp.StatusCode < 200 && resp.StatusCode != http.StatusSwitchingProtocols {
			continue
		}
		if resp.StatusCode == http.StatusSwitchingProtocols {
			resp.Body = io.NopCloser(in)
		}
		body, err := io.ReadAll(resp.Body)
		return resp.StatusCode, body, in.Buffered(), err
	}
}

// FuzzResponse looks for an answer that a Transport reads in another way than
// net/http, and for a connection that is kept although bytes follow the answer, so
// that they would become the next request's.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 4096 { // of the buffer: what follows later cannot be known here
			return
		}
		standard := NewStandard(1, nil)
		standard.DialContext = func(context.Context, string, string) (net.Conn, error) {
			return &answeringConn{bytes.NewReader(answer)}, nil
		}
		tr := New(1, standard)
		tr.proxy = nil
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1/", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := tr.RoundTrip(req)
		status, want, rest, wantErr := reference(answer)
		if err != nil {
			if wantErr == nil {
				t.Errorf("refused with %v, net/http reads %d %q", err, status, want)
			}
			return
		}
		got, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != status || !bytes.Equal(got, want) || (err == nil) != (wantErr == nil) {
			t.Errorf("read %d %q (%v), net/http %d %q (%v)", resp.StatusCode, got, err, status, want, wantErr)
		}
		if kept := tr.Hosts() > 0; kept && (rest > 0 || err != nil || resp.Close) {
			t.Errorf("the connection is kept with %d bytes after the answer (%v)", rest, err)
		}
		tr.CloseIdleConnections()
	})
}
