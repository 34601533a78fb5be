package purchase

import "time"

// RunHeader is the header with a run's token, which a lab sends with fixtures and
// purchases: PUT /lab/scenario is refused as Busy while another run is active.
const RunHeader = "Lab-Run"

// MaxRunToken is the longest token that a service must take in RunHeader, in bytes.
const MaxRunToken = 128

// RunActive is how long a run counts as active after its last purchase came or was
// answered.
const RunActive = 2 * time.Second

// ForRun returns a client that sends a run's token with each request, over c's
// connections. The token is of at most MaxRunToken printable characters of ASCII.
func (c *Client) ForRun(token string) (*Client, error) {
	http, err := c.http.WithHeader(RunHeader, token)
	if err != nil {
		return nil, err
	}
	return NewClient(c.endpoint, http), nil
}
