package faultsearch

import (
	"context"
	"time"

	"sagalab/pkg/fault"
	"sagalab/pkg/purchase"
)

// The times of a Reference: a call to a participant that hangs is repeated before the client of
// the purchase gives up, and a search need not wait for its end.
const (
	ReferenceTimeout = 50 * time.Millisecond
	ReferenceRetry   = 5 * time.Millisecond
	ReferenceSettle  = time.Second
)

// Reference is the reference service in three processes that were started for a search. Without
// the option --db their state is in temporary files.
type Reference struct {
	// Process is the one that is asked for purchases, and which ends the others with it. Stop it.
	Process  *fault.Process
	Endpoint purchase.Endpoint
	// Participants are its stock and its payments. It sends to Listen, where proxies of a search
	// have to be: without them it reaches neither.
	Participants []Participant
}

// ReferenceCommand returns the command that starts such a service on fixed ports of this machine:
// it listens on ReferenceAddress.
func ReferenceCommand(options ...string) []string {
	return append([]string{"sagalab"}, serveAt(referenceAddresses, options)...)
}

// ReferenceParticipants returns the stock and the payments of a service that
// ReferenceCommand starts.
func ReferenceParticipants() []Participant { return participantsAt(referenceAddresses) }

// ReferenceAddress is where a service listens that ReferenceCommand starts.
const ReferenceAddress = "127.0.0.1:8010"

// referenceAddresses are the service, its stock and payments, and where it sends to reach them.
var referenceAddresses = [5]string{ReferenceAddress, "127.0.0.1:8011", "127.0.0.1:8012", "127.0.0.1:9011", "127.0.0.1:9012"}

func participantsAt(at [5]string) []Participant {
	return []Participant{{Name: "stock", Listen: at[3], URL: "http://" + at[1]}, {Name: "payments", Listen: at[4], URL: "http://" + at[2]}}
}

// serveAt returns the arguments that start a service at some addresses.
func serveAt(at [5]string, options []string) []string {
	return append([]string{"serve", "--lab", "--addr", at[0], "--participants", "http", "--stock-addr", at[1], "--payments-addr", at[2],
		"--stock-url", "http://" + at[3], "--payments-url", "http://" + at[4],
		"--participant-timeout", ReferenceTimeout.String(), "--participant-retry", ReferenceRetry.String()}, options...)
}

// StartReference starts it on free ports: program is the executable of the sagalab command,
// options are flags of its serve command, such as "--defect=retry_charges_twice".
func StartReference(ctx context.Context, program string, options ...string) (r Reference, err error) {
	var at [5]string
	for i := range at {
		if at[i], err = fault.FreeAddress(); err != nil {
			return r, err
		}
	}
	r.Participants = participantsAt(at)
	if r.Endpoint, err = purchase.ParseEndpoint("http://" + at[0]); err != nil {
		return r, err
	}
	r.Process, err = fault.StartProcess(ctx, fault.ProcessConfig{Command: append([]string{program}, serveAt(at, options)...), Health: "http://" + at[0] + "/health"})
	return r, err
}
