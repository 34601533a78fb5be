package traces

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	coltracepb "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"

	"sagalab/pkg/purchase"
)

// tracesPath is where collectors take traces by OTLP/HTTP.
const tracesPath = "/v1/traces"

// Collector is where traces are sent to. Make one with ParseCollector.
type Collector struct {
	address purchase.Endpoint
	// TLS sets up https; nil means crypto/tls's defaults.
	TLS *tls.Config
}

// ParseCollector reads the address of a collector such as http://127.0.0.1:4318, with or without /v1/traces.
// A host that is not loopback is refused (purchase.ErrNotAllowed) unless one of allowed names it,
// as purchase.ParseEndpoint reads them.
func ParseCollector(address string, allowed ...string) (Collector, error) {
	e, err := purchase.ParseEndpoint(address, allowed...)
	switch {
	case errors.Is(err, purchase.ErrNotAllowed):
		host := address
		if u, failed := url.Parse(strings.TrimSpace(address)); failed == nil {
			host = u.Hostname()
		}
		return Collector{}, fmt.Errorf("%s is %w: if traces may be sent there, allow it by name", host, purchase.ErrNotAllowed)
	case err != nil: // its own text is of an API, and shows the port of one
		return Collector{}, errors.New(strings.ReplaceAll(errors.Unwrap(err).Error(), "127.0.0.1:8000", "127.0.0.1:4318"))
	}
	return Collector{address: e}, nil
}

// URL returns the address to which traces are sent.
func (c Collector) URL() string {
	return strings.TrimSuffix(c.address.String(), tracesPath) + tracesPath
}

// maxAnswer bounds what is read of an answer of a collector, in bytes.
const maxAnswer = 1 << 20

// collectorTransport counts what collectors answer: the exporter's errors do not have it as numbers.
type collectorTransport struct {
	base http.RoundTripper
	got  Answers
}

// RoundTrip implements http.RoundTripper.
func (t *collectorTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := t.base.RoundTrip(req)
	if err != nil || resp.StatusCode < 200 || resp.StatusCode > 299 || resp.Header.Get("Content-Type") != "application/x-protobuf" {
		return resp, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	var answer coltracepb.ExportTraceServiceResponse
	if len(body) > maxAnswer || proto.Unmarshal(body, &answer) != nil {
		return resp, nil // the exporter reports it
	}
	if p := answer.GetPartialSuccess(); p.GetRejectedSpans() > 0 || p.GetErrorMessage() != "" {
		t.got.Rejected += int(p.GetRejectedSpans())
		t.got.Message = p.GetErrorMessage()
	}
	return resp, nil
}

func (t *collectorTransport) answers() Answers { return t.got }

// lines is a transport that writes the body of each request to w, as a line, and returns an empty answer with the status 200. It
// sends nothing.
type lines struct{ w io.Writer }

// RoundTrip implements http.RoundTripper.
func (l lines) RoundTrip(req *http.Request) (*http.Response, error) {
	defer req.Body.Close()
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	if _, err := l.w.Write(append(body, '\n')); err != nil {
		return nil, err
	}
	empty := io.NopCloser(bytes.NewReader(nil))
	return &http.Response{Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: empty, Request: req}, nil
}

// maxCause is the longest text of an error that is passed on, in bytes: it may have the answer of any server.
const maxCause = 300

// cause returns what an error of the exporter is due to, without the address, which its caller adds.
func cause(err error) error {
	if u := new(url.Error); errors.As(err, &u) {
		return u.Err
	}
	if inner := errors.Unwrap(err); inner != nil { // without "traces export: "
		err = inner
	}
	if text := err.Error(); len(text) > maxCause {
		return errors.New(strings.ToValidUTF8(text[:maxCause], "") + " …")
	}
	return err
}
