// Package dtm starts dtm, a coordinator of distributed transactions, with a participant that has orders, stock and payments. A purchase
// is one saga, submitted with POST /api/dtmsvr/submit; its gid is the key. The answers that mislead:
//
//   - 409 is a refusal, but with the message "current status 'succeed', cannot sumbmit. FAILURE" it is the repeat of a confirmed purchase
//   - 409 with "current status 'failed'" is the repeat of a refused one, without its reason
//   - 500 with "dtm panic: storage: NotFound" is the later of two submits at once under one gid: the purchase is done, or being done
//   - 200 without wait_result says that the saga is accepted: GET /api/dtmsvr/query says what became of it, and why it was refused
//
// Each submit of a saga that has not ended runs it: of two runs at once one may go on when the other has failed.
package dtm

import (
	"net/http/httptest"
	neturl "net/url"
	"os"
	"os/exec"
	"testing"

	"sagalab/pkg/internal/realservices/dtm/participant"
	"sagalab/pkg/internal/realservices/harness"
)

// Start starts dtm and its participant on one address of loopback for one test, building dtm first where that has not been done yet, and
// returns the URL of both: dtm's API is below /api/dtmsvr/. dtm keeps its state in a file of the test. It has no setting for the address
// it listens on: two free ports of all interfaces are its own while the test runs.
func Start(t *testing.T) (url string) {
	t.Helper()
	return start(t, &participant.Participant{})
}

// StartCareless is Start with a participant that has no barrier.
func StartCareless(t *testing.T) (url string) {
	t.Helper()
	return start(t, &participant.Participant{Careless: true})
}

func start(t *testing.T, p *participant.Participant) (url string) {
	t.Helper()
	port := harness.Port(t)
	cmd := exec.Command(harness.Tool(t, "github.com/dtm-labs/dtm"))
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HTTP_PORT="+port, "GRPC_PORT="+harness.Port(t), "LOG_LEVEL=warn")
	dtm := &neturl.URL{Scheme: "http", Host: "127.0.0.1:" + port}
	harness.Run(t, cmd, dtm.String()+"/api/dtmsvr/version")
	service := httptest.NewServer(participant.Handler(p, dtm))
	t.Cleanup(service.Close)
	return service.URL
}
