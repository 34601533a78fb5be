package retry

import (
	"slices"
	"strings"

	"sagalab/pkg/internal/redact"
)

// Secrets are values of requests that are never recorded, such as the token of one of many
// users: unlike those of Config.Secrets they are searched for in the answers to the requests
// that have them alone, so that their number does not matter. Make them with NewSecrets; nil
// is none. They are safe for concurrent use.
type Secrets struct {
	values   []string
	redactor *redact.Redactor
}

// NewSecrets returns the secrets that some values are, nil without any. Values shorter than 4
// characters are not searched for.
func NewSecrets(values ...string) *Secrets {
	if len(values) == 0 {
		return nil
	}
	var list redact.Secrets
	for _, v := range values {
		list.AddCredentials(v)
	}
	return &Secrets{values, redact.Few(list)}
}

// With returns the secrets and more values, s itself without more.
func (s *Secrets) With(values ...string) *Secrets {
	switch {
	case len(values) == 0:
		return s
	case s == nil:
		return NewSecrets(values...)
	}
	return NewSecrets(slices.Concat(s.values, values)...)
}

// And returns the secrets of both.
func (s *Secrets) And(others *Secrets) *Secrets {
	switch {
	case others == nil:
		return s
	case s == nil:
		return others
	}
	return s.With(others.values...)
}

// Redact returns text without the secrets.
func (s *Secrets) Redact(text string) string {
	if s == nil {
		return text
	}
	return s.redactor.String(text)
}

// without returns the headers that have none of the secrets.
func (s *Secrets) without(list []Header) []Header {
	if s == nil {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(h Header) bool {
		return slices.ContainsFunc(s.values, func(secret string) bool { return strings.Contains(h.Value, secret) })
	})
}

// RedactError returns an error whose text is without the secrets, err itself when it has none. It
// wraps err.
func (s *Secrets) RedactError(err error) error {
	if s == nil || err == nil {
		return err
	}
	text := err.Error()
	if clean := s.redactor.String(text); clean != text {
		return redactedError{err, clean}
	}
	return err
}

// RedactAttempt removes the secrets from all that is kept of an answer, but for its header.
func (s *Secrets) RedactAttempt(a *Attempt) {
	if s == nil {
		return
	}
	a.Body = s.redactor.Bytes(a.Body)
	if a.Type != "application/json" {
		a.Type = s.redactor.String(a.Type)
	}
	a.Err = s.RedactError(a.Err)
}
