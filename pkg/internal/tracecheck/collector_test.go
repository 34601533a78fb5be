package tracecheck

import (
	"context"
	"testing"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"sagalab/pkg/fault"
)

// startReceiver starts the Collector's OTLP receiver on loopback, and returns its address and what it received.
func startReceiver(t *testing.T) (address string, received *consumertest.TracesSink) {
	t.Helper()
	address, err := fault.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	factory, received := otlpreceiver.NewFactory(), new(consumertest.TracesSink)
	config := factory.CreateDefaultConfig().(*otlpreceiver.Config)
	config.Protocols.HTTP.GetOrInsertDefault().ServerConfig.NetAddr.Endpoint = address
	receiver, err := factory.CreateTraces(t.Context(), receivertest.NewNopSettings(factory.Type()), config, received)
	if err != nil {
		t.Fatal(err)
	}
	if err := receiver.Start(context.WithoutCancel(t.Context()), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := receiver.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + address, received
}

// span is a span with the attributes of its resource.
type span struct {
	ptrace.Span
	resource map[string]any
}

// text returns an attribute as a text, "" without it.
func (s span) text(name string) string {
	value, found := s.Attributes().Get(name)
	if !found {
		return ""
	}
	return value.AsString()
}

// spansOf returns the spans of exports by their ids, each of which must be there once.
func spansOf(t *testing.T, exports ...ptrace.Traces) map[pcommon.SpanID]span {
	t.Helper()
	all := map[pcommon.SpanID]span{}
	for _, e := range exports {
		for _, r := range e.ResourceSpans().All() {
			of := r.Resource().Attributes().AsRaw()
			for _, s := range r.ScopeSpans().All() {
				for _, one := range s.Spans().All() {
					if _, twice := all[one.SpanID()]; twice {
						t.Errorf("the span %s was received twice", one.SpanID())
					}
					all[one.SpanID()] = span{one, of}
				}
			}
		}
	}
	return all
}
