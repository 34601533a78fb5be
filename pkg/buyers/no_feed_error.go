package buyers

// NoFeedError reports that a process does not have a feed, by the SHA-256 of its content.
type NoFeedError struct{ Feed string }

// Error returns a sentence that names the feed, such as "the feed (sha256:…, 1000 rows) is
// not here".
func (e *NoFeedError) Error() string { return "the " + e.Feed + " is not here" }
