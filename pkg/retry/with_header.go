package retry

import "net/http"

// WithHeader returns a client that sends one more header, or another value of it, over
// c's connections, which c.Close closes.
func (c *Client) WithHeader(name, value string) (*Client, error) {
	config := c.config
	config.Header = config.Header.Clone()
	if config.Header == nil {
		config.Header = http.Header{}
	}
	config.Header.Set(name, value)
	return c.WithConfig(config)
}
