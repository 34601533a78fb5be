package bench

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// startServer starts a server and returns it with its address.
func startServer(t *testing.T) (*Server, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return s, "http://" + l.Addr().String()
}

// oneConnection returns a client that keeps exactly one connection.
func oneConnection(t *testing.T) *http.Client {
	tr := &http.Transport{MaxConnsPerHost: 1}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func TestServerCounts(t *testing.T) {
	s, url := startServer(t)
	s.Set(Plan{})
	var all sync.WaitGroup
	for range 3 { // connections
		client := oneConnection(t)
		all.Go(func() {
			for i := range 7 {
				key := ""
				if i < 2 {
					key = "k"
				}
				if err := post(t.Context(), client, url+"/purchase", key); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	for _, path := range []string{"/health", "/products/1"} { // one more connection, without a purchase
		resp, err := oneConnection(t).Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
	}
	got := s.Counts()
	want := Counts{Requests: 21, Keyed: 6, Closed: 0, Others: 2, Connections: 5, Carrying: 3}
	if got.Window <= 0 {
		t.Errorf("the window is %v, want it open", got.Window)
	}
	got.Window = 0
	if got.Requests != want.Requests || got.Keyed != want.Keyed || got.Closed != 0 || got.Others != want.Others || got.Connections != want.Connections || got.Carrying != want.Carrying {
		t.Errorf("counts = %+v, want %+v", got, want)
	}
	s.Set(Plan{})
	if got := s.Counts(); got.Requests != 0 || got.Connections != 0 || got.Window != 0 {
		t.Errorf("after Set, counts = %+v, want none", got)
	}
}

func TestServerAnswersByTheContract(t *testing.T) {
	_, url := startServer(t)
	resp, err := http.Post(url+"/purchase", "application/json", strings.NewReader(payload))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusCreated || resp.Header.Get("Content-Type") != "application/json" || string(body) != answer {
		t.Errorf("%s %v %s, %v; want 201 and %s", resp.Status, resp.Header, body, err, answer)
	}
}

// TestServerHides: the same requests stay unanswered for the same seed, and never the first one on a connection.
func TestServerHides(t *testing.T) {
	s, url := startServer(t)
	pattern := func(seed uint64) string {
		s.Set(Plan{Hide: .3, Seed: seed})
		client := oneConnection(t)
		var b strings.Builder
		for range 200 {
			err := post(t.Context(), client, url+"/purchase", "") // without a key nothing is sent again
			if err != nil && !errors.Is(err, io.EOF) && !strings.Contains(err.Error(), "EOF") {
				t.Fatal(err)
			}
			b.WriteByte("x."[map[bool]int{true: 1}[err == nil]])
		}
		c := s.Counts()
		if c.Requests != 200 || c.Closed != int64(strings.Count(b.String(), "x")) || c.Carrying != c.Closed+1 && c.Carrying != c.Closed {
			t.Errorf("seed %d: %+v for %d unanswered; want 200 requests, and a new connection after each death", seed, c, strings.Count(b.String(), "x"))
		}
		return b.String()
	}
	a, b, other := pattern(1), pattern(1), pattern(2)
	if a != b || a == other || a[0] == 'x' || strings.Contains(a, "xx") || strings.Count(a, "x") < 20 {
		t.Errorf("seed 1: %s\nagain:  %s\nseed 2: %s\nwant the first two equal, the third not, and none dead on a new connection", a, b, other)
	}
}

func TestStallHoldsUntilItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &tally{plan: Plan{Stall: Stall{Every: 5 * time.Second, For: time.Second}}, born: time.Now()}
		time.Sleep(time.Second)
		b.first.Store(int64(time.Second))
		for _, tt := range []struct{ at, want time.Duration }{ // since the first request
			{0, 0}, {2 * time.Second, 3 * time.Second}, {7250 * time.Millisecond, 8 * time.Second}, {8 * time.Second, 8 * time.Second},
		} {
			time.Sleep(tt.at - (time.Since(b.born) - time.Second))
			b.stall(int64(time.Since(b.born)))
			if got := time.Since(b.born) - time.Second; got != max(tt.want, tt.at) {
				t.Errorf("a request at %v went on at %v, want %v", tt.at, got, max(tt.want, tt.at))
			}
		}
		if got := b.counts().Delays; len(got) != 2 || got[0] != 0 || got[1] != 0 {
			t.Errorf("delays = %v, want two of 0", got)
		}
	})
}
