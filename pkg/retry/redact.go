package retry

import (
	"sagalab/pkg/internal/redact"
)

// secretsOf returns the secrets that c sends, which no record may have.
func secretsOf(c Config) (secrets redact.Secrets) {
	secrets.AddHeader(c.Header)
	secrets.AddTLS(c.TLS)
	for _, value := range c.Secrets {
		secrets.AddCredentials(value)
	}
	return secrets
}

// redact removes secrets from all that is kept of an answer, before anything sees the
// attempt and before anything is cut.
func (a *Attempt) redact(s *secrets) {
	r := s.redactor.Load()
	a.Body = r.Bytes(a.Body)
	if a.Type != "application/json" {
		a.Type = r.String(a.Type)
	}
	a.Err = s.error(a.Err)
}

// redactedError is an error whose text had a secret in it.
type redactedError struct {
	error
	text string
}

// Error returns the text without secrets.
func (e redactedError) Error() string { return e.text }

// Unwrap returns the error as it was, for errors.Is and errors.As.
func (e redactedError) Unwrap() error { return e.error }

// error returns err itself when its text has no secrets; an error may quote a line of an
// answer that could not be read.
func (s *secrets) error(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if clean := s.text(text); clean != text {
		return redactedError{err, clean}
	}
	return err
}
