package retrypeers

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/grpc/test/bufconn"
	"google.golang.org/protobuf/types/known/emptypb"

	"sagalab/pkg/retry"
)

// grpcVersion is the version of grpc-go that go.mod and before.mod have.
const grpcVersion = "1.85.0"

// Sequences of operations, each with tokens of its own, and operations of a sequence: few, since
// six failures are the end of the retries.
const (
	sequencesGRPC  = 1200
	operationsGRPC = 12
)

// The example of gRFC A6, which the policy grpc is: with %d attempts, and for the whole client.
const (
	serviceConfig = `{"methodConfig": [{"name": [{}], "retryPolicy": {"maxAttempts": %d, "initialBackoff": ".1s", "maxBackoff": "1s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}}]%s}`
	throttling    = `, "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}`
)

// TestGRPC compares the policy grpc with grpc-go's client, which calls grpc-go's server.
func TestGRPC(t *testing.T) {
	if grpc.Version != grpcVersion {
		t.Fatalf("grpc-go is %s, want %s", grpc.Version, grpcVersion)
	}
	policy, err := retry.Named("grpc")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("example", func(t *testing.T) {
		endings := []string{succeeded, final, exhausted, toldNotTo, overBudget}
		synctest.Test(t, func(t *testing.T) { compareGRPC(t, policy, fmt.Sprintf(serviceConfig, 4, throttling), endings) })
	})
	policy.MaxAttempts, policy.Budget = 5, retry.Budget{}
	t.Run("five attempts without tokens", func(t *testing.T) {
		endings := []string{succeeded, final, exhausted, toldNotTo}
		synctest.Test(t, func(t *testing.T) { compareGRPC(t, policy, fmt.Sprintf(serviceConfig, 5, ""), endings) })
	})
}

func compareGRPC(t *testing.T, policy retry.Policy, config string, endings []string) {
	rnd := rand.New(rand.NewPCG(12, 13))
	seen := map[string]int{}
	var jitter spread
	for sequence := range sequencesGRPC {
		script := &scripted{header: "Grpc-Retry-Pushback-Ms"}
		client, err := retry.New(retry.Config{Policy: policy, Base: script, Rand: rand.New(rand.NewPCG(1, uint64(sequence)))})
		if err != nil {
			t.Fatal(err)
		}
		peer, err := newGRPC(script, config)
		if err != nil {
			t.Fatal(err)
		}
		for range operationsGRPC {
			script.outcomes = grpcOperation(rnd, sequence, policy.MaxAttempts)
			want := peer.send()
			script.attempt = 0
			got := endingOf(client.Get(context.Background(), "http://127.0.0.1:1/"))
			if got.attempts != want.attempts || got.why != want.why {
				t.Errorf("sequence %d, outcomes %+v:\n%+v, want that of grpc-go:\n%+v", sequence, script.outcomes, got, want)
				break // what follows has other tokens
			}
			for _, waits := range [][]time.Duration{got.waits, want.waits} {
				jitter.add(t, script.outcomes, waits)
			}
			seen[want.why]++
		}
		peer.stop()
		if t.Failed() {
			return
		}
	}
	t.Logf("%d operations: %v; jitter %v", sequencesGRPC*operationsGRPC, seen, jitter)
	for _, why := range endings {
		if seen[why] < 100 {
			t.Errorf("%d operations %s, want 100 at least", seen[why], why)
		}
	}
	if jitter.low > 0.81 || jitter.high < 1.19 {
		t.Errorf("jitter %v does not fill 0.8 to 1.2", jitter)
	}
}

// grpcOperation is operation with outcomes that gRPC has, too.
func grpcOperation(rnd *rand.Rand, sequence, attempts int) []outcome {
	outcomes := operation(rnd, sequence, attempts, []string{"0", "70", "1500", "29999", "-1", "soon"})
	for i := range outcomes {
		switch o := &outcomes[i]; o.status {
		case http.StatusOK, http.StatusNotFound:
		default:
			o.status, o.timeout = http.StatusServiceUnavailable, false
		}
	}
	return outcomes
}

// spread is by which factors waits differ from the backoff's.
type spread struct {
	low, high float64
	n         int
}

// add checks each wait against what the policy says of it, and adds those of the backoff.
func (s *spread) add(t *testing.T, outcomes []outcome, waits []time.Duration) {
	t.Helper()
	backoff := 100 * time.Millisecond
	for i, wait := range waits {
		if text := outcomes[i].pushback; text != "" {
			if want, err := time.ParseDuration(text + "ms"); err != nil || wait != want {
				t.Errorf("wait %v after a pushback of %q ms", wait, text)
			}
			backoff = 100 * time.Millisecond
			continue
		}
		factor := float64(wait) / float64(backoff)
		if factor < 0.8-1e-6 || factor >= 1.2 {
			t.Errorf("wait %v is %v times the backoff's, want 0.8 to 1.2 times %v, of outcomes %+v", wait, factor, backoff, outcomes)
		}
		if s.n == 0 {
			s.low, s.high = factor, factor
		}
		s.low, s.high, s.n = min(s.low, factor), max(s.high, factor), s.n+1
		backoff = min(2*backoff, time.Second)
	}
}

// peerGRPC is a client and a server of grpc-go, which answers as the script says.
type peerGRPC struct {
	script       *scripted
	conn         *grpc.ClientConn
	server       *grpc.Server
	starts, ends []time.Time // of the attempts
}

func newGRPC(s *scripted, config string) (p *peerGRPC, err error) {
	p = &peerGRPC{script: s}
	p.server = grpc.NewServer(grpc.UnknownServiceHandler(p.answer))
	listener := bufconn.Listen(1 << 16)
	go p.server.Serve(listener)
	p.conn, err = grpc.NewClient("passthrough:bufconn", grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithDefaultServiceConfig(config),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	return p, err
}

func (p *peerGRPC) stop() {
	p.conn.Close()
	p.server.Stop()
}

// answer ends an attempt as the script says, after the request was read: where an answer comes
// before it was written, grpc-go's client may return EOF instead of the answer's status.
func (p *peerGRPC) answer(_ any, stream grpc.ServerStream) error {
	if err := stream.RecvMsg(&emptypb.Empty{}); err != nil {
		return err
	}
	p.starts = append(p.starts, time.Now())
	o := p.script.outcomes[p.script.attempt]
	p.script.attempt++
	defer func() { p.ends = append(p.ends, time.Now()) }()
	if o.status == http.StatusOK {
		return stream.SendMsg(&emptypb.Empty{})
	}
	if o.pushback != "" {
		stream.SetTrailer(metadata.Pairs("grpc-retry-pushback-ms", o.pushback))
	}
	if o.status == http.StatusNotFound {
		return status.Error(codes.NotFound, "no such thing")
	}
	return status.Error(codes.Unavailable, "later")
}

// send sends the operation of the script.
func (p *peerGRPC) send() ending {
	p.script.attempt, p.starts, p.ends = 0, nil, nil
	err := p.conn.Invoke(context.Background(), "/sagalab.Peer/Send", &emptypb.Empty{}, &emptypb.Empty{})
	e := ending{attempts: p.script.attempt}
	for i, start := range p.starts[1:] {
		e.waits = append(e.waits, start.Sub(p.ends[i]))
	}
	last := p.script.outcomes[e.attempts-1]
	switch {
	case err == nil:
		e.why = succeeded
	case status.Code(err) == codes.NotFound:
		e.why = final
	case status.Code(err) != codes.Unavailable:
		e.why = fmt.Sprint(otherEnding, ": ", err)
	case strings.HasPrefix(err.Error(), "max retries exhausted"), e.attempts == len(p.script.outcomes):
		e.why = exhausted
	case last.pushback == "-1", last.pushback == "soon":
		e.why = toldNotTo
	default:
		e.why = overBudget
	}
	return e
}
