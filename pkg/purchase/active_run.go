package purchase

import "time"

// RunHeader is the header with a run's token, which a lab sends with fixtures and
// purchases: PUT /lab/scenario is refused as Busy while another run is active.
const RunHeader = "Lab-Run"

// MaxRunToken is the longest token that a service must take in RunHeader, in bytes.
const MaxRunToken = 128

// MaxRunTokens is the longest list of tokens, divided by commas, that a service must take
// with a fixture, in bytes.
const MaxRunTokens = 1024

// RunActive is how long a run counts as active after its last purchase came or was
// answered.
const RunActive = 2 * time.Second

// ForRun returns a client that sends a run's token with each request, over c's
// connections. A token is of at most MaxRunToken printable characters of ASCII but
// spaces and commas. With a fixture, tokens of other runs may follow that have ended.
func (c *Client) ForRun(token string, ended ...string) (*Client, error) {
	for _, other := range ended {
		if len(token)+2+len(other) <= MaxRunTokens {
			token += ", " + other
		}
	}
	http, err := c.http.WithHeader(RunHeader, token)
	if err != nil {
		return nil, err
	}
	with := *c
	with.http = http
	return &with, nil
}
