package traces

import (
	"context"

	"go.opentelemetry.io/otel/trace"

	"sagalab/pkg/internal/traceid"
)

// ids are those of the span that is begun with a context.
type ids struct {
	trace traceid.TraceID
	span  traceid.SpanID
}

type idsKey struct{}

// with returns a context with the ids of the next span.
func (i ids) with(ctx context.Context) context.Context { return context.WithValue(ctx, idsKey{}, i) }

// chosenIDs is the SDK's generator of ids, which takes those of the context.
type chosenIDs struct{}

// NewIDs implements sdktrace.IDGenerator, for a root span.
func (chosenIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	i, _ := ctx.Value(idsKey{}).(ids)
	return trace.TraceID(i.trace), trace.SpanID(i.span)
}

// NewSpanID implements sdktrace.IDGenerator.
func (chosenIDs) NewSpanID(ctx context.Context, _ trace.TraceID) trace.SpanID {
	i, _ := ctx.Value(idsKey{}).(ids)
	return trace.SpanID(i.span)
}
