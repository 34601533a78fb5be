package fault

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func wireOf(t *testing.T, s *service) *Wire {
	t.Helper()
	w, err := NewWire(Service{Address: s.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Errorf("closing the wire: %v", err)
		}
	})
	return w
}

// TestWireEffects holds both columns of each fault, for connections that are
// opened while it is on the wire and for one that was opened before; and that
// all is well when it has been cleared.
func TestWireEffects(t *testing.T) {
	for _, tt := range []struct {
		fault   Kind
		bytes   int64
		sees    string
		seesOld string // on a connection that was open, "" for the same
		acts    int
	}{
		{WireRequestLost, 0, "EOF", "", 0},
		{WireReplyLost, 0, "EOF", "", 1},
		{WireReplyCut, 60, "unexpected EOF", "", 1},
		{WireHang, 0, "timeout", "", 0},
		{WireResetRequest, 0, "reset", "EOF", 0},
		{WireResetReply, 0, "reset", "EOF", 1},
		// the client may notice that the connection has ended before it uses it
		{WireDown, 0, "refused", "EOF or refused", 0},
	} {
		s := serve(t, nil)
		w := wireOf(t, s)
		old, fresh := client(t), client(t)
		if sees := purchase(t.Context(), old, w.URL(), "before"); sees != "201 Created" {
			t.Fatalf("without a fault the client sees %q", sees)
		}
		if err := w.Set(tt.fault, tt.bytes); err != nil {
			t.Fatalf("Set(%s) = %v", tt.fault, err)
		}
		if tt.fault == WireHang { // only then, so that what should be answered has time
			old.Timeout, fresh.Timeout = 200*time.Millisecond, 200*time.Millisecond
		}
		wantOld := tt.sees
		if tt.seesOld != "" {
			wantOld = tt.seesOld
		}
		for _, c := range []struct {
			name, want string
			client     *http.Client
		}{{"old", wantOld, old}, {"new", tt.sees, fresh}, {"next", tt.sees, fresh}} {
			sees := purchase(t.Context(), c.client, w.URL(), c.name)
			if acts := s.times(c.name); !slices.Contains(strings.Split(c.want, " or "), sees) || acts != tt.acts {
				t.Errorf("%s, %s connection: the client sees %q and the service acts %d times, want %q and %d", tt.fault, c.name, sees, acts, c.want, tt.acts)
			}
		}
		if err := w.Clear(); err != nil {
			t.Fatalf("Clear() after %s = %v", tt.fault, err)
		}
		for n := range 2 {
			if sees := purchase(t.Context(), client(t), w.URL(), fmt.Sprint("after", n)); sees != "201 Created" {
				t.Errorf("%s cleared: the client sees %q, want 201 Created", tt.fault, sees)
			}
		}
	}
}

// TestWireReplyCutCountsBytes: a limit beyond the reply does no harm to it.
func TestWireReplyCutCountsBytes(t *testing.T) {
	w := wireOf(t, serve(t, nil))
	if err := w.Set(WireReplyCut, 10_000); err != nil {
		t.Fatal(err)
	}
	if sees := purchase(t.Context(), client(t), w.URL(), "k"); sees != "201 Created" {
		t.Errorf("a reply below the limit shows as %q", sees)
	}
}

func TestWireSetRefuses(t *testing.T) {
	w := wireOf(t, serve(t, nil))
	for _, tt := range []struct {
		fault Kind
		bytes int64
		says  string
	}{
		{DropReply, 0, "is not a fault of connections"}, {"", 0, "is not a fault of connections"}, {Kill, 0, "is not a fault of connections"},
		{WireReplyCut, 0, "bytes is 0"}, {WireHang, 1, "bytes is 1"},
	} {
		if err := w.Set(tt.fault, tt.bytes); err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("Set(%q, %d) = %v, want it to say %q", tt.fault, tt.bytes, err, tt.says)
		}
	}
	if sees := purchase(t.Context(), client(t), w.URL(), "k"); sees != "201 Created" {
		t.Errorf("after faults that were refused the client sees %q", sees)
	}
	if err := w.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	for what, err := range map[string]error{"Set": w.Set(WireHang, 0), "Clear": w.Clear()} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s on a closed wire = %v, want ErrClosed", what, err)
		}
	}
}

// TestWireFollows checks which fault is on the wire in which order; that it is
// clear again when the windows have closed, and when the context ends in one.
func TestWireFollows(t *testing.T) {
	s := serve(t, nil)
	w := wireOf(t, s)
	ms := time.Millisecond
	plan := Plan{Windows: []Window{
		{From: 0, To: 30 * ms, Fault: WireReplyLost, Probability: 1},
		{From: 30 * ms, To: 60 * ms, Fault: WireDown, Probability: 1},
		{From: 60 * ms, To: 90 * ms, Fault: WireResetReply, Probability: 1},
	}}
	changes, err := w.Follow(t.Context(), plan, time.Now().Add(100*ms))
	// a machine that stands still can miss windows; TestFollow has no such clock
	last := -1
	for i, c := range changes {
		if (i == len(changes)-1) != (c.Window == -1) || (c.Window != -1 && c.Window <= last) {
			t.Errorf("Follow changed to %v, want windows 0, 1, 2 and -1", changes)
		}
		last = c.Window
	}
	if err != nil {
		t.Errorf("Follow = %v", err)
	}
	if sees := purchase(t.Context(), client(t), w.URL(), "a"); sees != "201 Created" {
		t.Errorf("after Follow the client sees %q", sees)
	}

	ctx, cancel := context.WithCancel(t.Context())
	long := Plan{Windows: []Window{{To: time.Hour, Fault: WireDown, Probability: 1}}}
	ended := make(chan error)
	go func() {
		_, err := w.Follow(ctx, long, time.Now())
		ended <- err
	}()
	eventually(t, "the wire to be down", func() bool { return purchase(t.Context(), client(t), w.URL(), "b") == "refused" })
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Follow that was ended = %v, want nil", err)
	}
	if sees := purchase(t.Context(), client(t), w.URL(), "c"); sees != "201 Created" {
		t.Errorf("after Follow was ended the client sees %q", sees)
	}
	if _, err := w.Follow(t.Context(), Plan{Windows: []Window{{}}}, time.Now()); err == nil {
		t.Error("Follow takes a plan that is not valid")
	}
}

// TestWireUnderLoad changes the faults while many clients send, again and again.
func TestWireUnderLoad(t *testing.T) {
	s := serve(t, nil)
	w := wireOf(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	ended := make(chan struct{})
	for range 8 {
		c := client(t)
		c.Timeout = time.Second
		go func() {
			for n := 0; ctx.Err() == nil; n++ {
				purchase(ctx, c, w.URL(), "k")
			}
			ended <- struct{}{}
		}()
	}
	for range 5 {
		for k, l := range scopes {
			if l != connectionFault {
				continue
			}
			bytes := int64(0)
			if k == WireReplyCut {
				bytes = 50
			}
			if err := w.Set(k, bytes); err != nil {
				t.Fatalf("Set(%s) = %v", k, err)
			}
			time.Sleep(time.Millisecond)
		}
		if err := w.Clear(); err != nil {
			t.Fatalf("Clear() = %v", err)
		}
	}
	cancel()
	for range 8 {
		<-ended
	}
	if sees := purchase(t.Context(), client(t), w.URL(), "last"); sees != "201 Created" {
		t.Errorf("in the end the client sees %q", sees)
	}
}

// TestWireGivesUp: toxiproxy waits without a bound for a client that does not
// read; the wire does not.
func TestWireGivesUp(t *testing.T) {
	w, err := NewWire(Service{Address: serve(t, nil).URL})
	if err != nil {
		t.Fatal(err)
	}
	stuck := make(chan struct{})
	w.changeTimeout = time.Millisecond
	err = w.change(func() error { <-stuck; return nil })
	if err == nil || !strings.Contains(err.Error(), "make a new wire") {
		t.Errorf("a change that never ends = %v, want advice", err)
	}
	for what, got := range map[string]error{"Set": w.Set(WireHang, 0), "Clear": w.Clear(), "Close": w.Close()} {
		if !errors.Is(got, err) {
			t.Errorf("%s of a broken wire = %v, want %v", what, got, err)
		}
	}
	close(stuck)
	w.proxy.Stop()
}
