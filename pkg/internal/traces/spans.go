package traces

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"

	"sagalab/pkg/internal/traceid"
	"sagalab/pkg/runs"
)

// The attributes that the conventions do not have. keyHash is the SHA-256 of the idempotency key in hexadecimal: the
// key itself would let a reader of the traces ask for the answer to the purchase.
const (
	runID           attribute.Key = "sagalab.run.id"
	stageName       attribute.Key = "sagalab.stage"
	loadID          attribute.Key = "sagalab.load.id"
	traceparentSent attribute.Key = "sagalab.traceparent.sent"
	operationIndex  attribute.Key = "sagalab.operation.index"
	virtualUser     attribute.Key = "sagalab.operation.virtual_user"
	attemptCount    attribute.Key = "sagalab.operation.attempts"
	pollCount       attribute.Key = "sagalab.operation.polls"
	outcome         attribute.Key = "sagalab.operation.outcome"
	lagMS           attribute.Key = "sagalab.operation.start_lag_ms"
	reason          attribute.Key = "sagalab.reason"
	keyHash         attribute.Key = "sagalab.idempotency_key.sha256"
	userID          attribute.Key = "sagalab.user"
	productID       attribute.Key = "sagalab.product"
	quantity        attribute.Key = "sagalab.quantity"
	orderID         attribute.Key = "sagalab.order.id"
	requestKind     attribute.Key = "sagalab.request.kind"
	attemptNumber   attribute.Key = "sagalab.attempt.number"
	stepName        attribute.Key = "sagalab.step"
	meaning         attribute.Key = "sagalab.meaning"
	sent            attribute.Key = "sagalab.request.sent"
	replayed        attribute.Key = "sagalab.replayed"
	waitMS          attribute.Key = "sagalab.wait_ms"
	plannedWaitMS   attribute.Key = "sagalab.planned_wait_ms"
)

// stageSpans makes the spans of a stage's operations.
type stageSpans struct {
	*Exporter
	info   runs.Info
	ids    traceid.Stage
	server server
}

// add makes the spans of an operation and its requests.
func (b *stageSpans) add(o *runs.Operation, requests []runs.Attempt) {
	of := b.ids.Trace(o.Index)
	begun := o.StartTS
	if begun.IsZero() {
		begun = b.info.Started
	}
	ctx := ids{of, of.Operation()}.with(context.Background())
	ctx, root := b.tracer.Start(ctx, "purchase", trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindInternal), trace.WithTimestamp(begun), trace.WithAttributes(b.operation(o)...))
	if !o.Success {
		root.SetStatus(codes.Error, b.redact(o.Reason))
	}
	var resends resends
	for i := range requests {
		b.request(ids{of, of.Request(i + 1)}.with(ctx), &requests[i], resends.of(&requests[i]))
	}
	root.End(trace.WithTimestamp(later(begun, o.EndTS)))
}

// operation returns the attributes of an operation's span.
func (b *stageSpans) operation(o *runs.Operation) []attribute.KeyValue {
	list := append(make([]attribute.KeyValue, 0, 20), stageName.String(b.redact(b.info.Stage)), traceparentSent.Bool(b.info.Traceparent),
		operationIndex.Int64(o.Index), virtualUser.Int64(o.VirtualUser), attemptCount.Int64(o.Attempts), outcome.String(string(o.Outcome)),
		userID.String(b.redact(o.UserID.String())), productID.String(b.redact(o.ProductID.String())), quantity.Int64(o.Quantity))
	if lag := o.StartTS.Sub(o.ScheduledTS); lag > 0 && !o.ScheduledTS.IsZero() {
		list = append(list, lagMS.Float64(float64(lag)/float64(time.Millisecond)))
	}
	if o.Polls > 0 {
		list = append(list, pollCount.Int64(o.Polls))
	}
	if o.Reason != "" {
		list = append(list, reason.String(b.redact(o.Reason)))
		if !o.Success {
			list = append(list, semconv.ErrorTypeKey.String(b.redact(o.Reason)))
		}
	}
	list = b.text(list, orderID, o.OrderID)
	list = b.text(list, loadID, b.info.LoadID)
	return hashed(list, o.Key)
}

// text adds an attribute unless it is empty.
func (b *stageSpans) text(list []attribute.KeyValue, key attribute.Key, value string) []attribute.KeyValue {
	if value == "" {
		return list
	}
	return append(list, key.String(b.redact(value)))
}

// hashed adds the hash of an idempotency key, if there is one.
func hashed(list []attribute.KeyValue, key string) []attribute.KeyValue {
	if key == "" {
		return list
	}
	sum := sha256.Sum256([]byte(key))
	return append(list, keyHash.String(hex.EncodeToString(sum[:])))
}

// request makes the span of a request that was sent so many times before.
func (b *stageSpans) request(ctx context.Context, a *runs.Attempt, resent int) {
	method, list := b.server.attributes(a)
	list = append(list, stageName.String(b.redact(b.info.Stage)), requestKind.String(a.Kind), sent.Bool(a.Sent))
	if a.IsAttempt() {
		list = append(list, attemptNumber.Int64(a.Number))
	}
	if resent > 0 {
		list = append(list, semconv.HTTPRequestResendCount(resent))
	}
	if a.Status != 0 {
		list = append(list, semconv.HTTPResponseStatusCode(int(a.Status)))
	}
	failed := a.Class
	if failed == "" && a.Status >= 400 {
		failed = strconv.FormatInt(a.Status, 10)
	}
	if failed != "" {
		list = append(list, semconv.ErrorTypeKey.String(failed))
	}
	if a.Replayed {
		list = append(list, replayed.Bool(true))
	}
	if a.WaitMS > 0 || a.PlannedWaitMS > 0 {
		list = append(list, waitMS.Float64(a.WaitMS), plannedWaitMS.Float64(a.PlannedWaitMS))
	}
	for _, text := range []struct {
		key   attribute.Key
		value string
	}{{stepName, a.Step}, {meaning, a.Meaning}, {reason, a.Reason}, {orderID, a.OrderID}} {
		list = b.text(list, text.key, text.value)
	}
	_, span := b.tracer.Start(ctx, method, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(a.StartTS), trace.WithAttributes(hashed(list, a.Key)...))
	if failed != "" {
		span.SetStatus(codes.Error, a.Class) // by the conventions without what the HTTP status contains
	}
	span.End(trace.WithTimestamp(a.StartTS.Add(max(0, time.Duration(a.LatencyMS*float64(time.Millisecond))))))
}

// resends counts how often a request of an operation was sent before. The zero value has none.
type resends struct {
	step string
	n    int
}

// of returns the number for the next request: 0 for the first attempt at each step, and for polls and logins, which
// are no repetitions of another request.
func (r *resends) of(a *runs.Attempt) int {
	switch {
	case !a.IsAttempt():
		return 0
	case a.IsFirst() || a.Step != r.step:
		*r = resends{a.Step, 0}
	default:
		r.n++
	}
	return r.n
}

// purchasePath is where the contract takes purchases.
const purchasePath = "/purchase"

// server is the service as attributes. method and full are those of an attempt by the contract; of other requests neither
// is recorded.
type server struct {
	list     []attribute.KeyValue
	contract bool
	full     string
}

// serverOf returns the attributes of the service of a stage, which are none of an address that cannot be read. A user
// or a password in it are left out.
func serverOf(info runs.Info) (s server) {
	u, err := url.Parse(info.API)
	if err != nil || u.Hostname() == "" {
		return s
	}
	s.list = []attribute.KeyValue{semconv.ServerAddress(u.Hostname())}
	port, err := strconv.Atoi(u.Port())
	switch {
	case err == nil:
	case u.Scheme == "https":
		port = 443
	default:
		port = 80
	}
	s.list = append(s.list, semconv.ServerPort(port))
	if info.Adapter == nil {
		s.contract, s.full = true, (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()+purchasePath
	}
	return s
}

// attributes returns the attributes of a request to the service, and its method as the conventions name a span by it: HTTP where
// the method is not known.
func (s server) attributes(a *runs.Attempt) (name string, list []attribute.KeyValue) {
	list = append(make([]attribute.KeyValue, 0, 20), s.list...)
	if !s.contract || !a.IsAttempt() {
		return "HTTP", append(list, semconv.HTTPRequestMethodOther)
	}
	return "POST", append(list, semconv.HTTPRequestMethodPost, semconv.URLFull(s.full))
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
