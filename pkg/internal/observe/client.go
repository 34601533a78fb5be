package observe

import (
	"slices"
	"time"

	"sagalab/pkg/purchase"
	"sagalab/pkg/retry"
)

// pageLimit is how much is read of an answer, in bytes.
const pageLimit = 32 << 20

// NewClient returns a client for reading the state of a service that a addresses (nil:
// purchase.Contract): one connection of its own beside
// the load's, three quick attempts, and room for a page of a thousand orders. Of
// the load's config only Header, Secrets and TLS are used. close closes the connection.
func NewClient(e purchase.Endpoint, a purchase.Adapter, config retry.Config) (c *purchase.Client, close func(), err error) {
	sender, err := retry.New(retry.Config{
		Policy: retry.Policy{MaxAttempts: 3, Backoff: retry.Exponential(100*time.Millisecond, time.Second), AttemptTimeout: 30 * time.Second,
			MaxRetryAfter: askInProgressEvery}, // AskAgain asks again by itself
		Header:    config.Header,
		Secrets:   append(slices.Clone(config.Secrets), purchase.SecretsOf(a)...),
		TLS:       config.TLS,
		BodyLimit: pageLimit,
	})
	if err != nil {
		return nil, nil, err
	}
	return purchase.NewClient(e, sender).WithAdapter(a), sender.Close, nil
}
