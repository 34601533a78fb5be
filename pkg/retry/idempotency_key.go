package retry

import "github.com/google/uuid"

// NewKey makes an idempotency key: a UUID of version 7, ordered by time and random
// otherwise.
func NewKey() string { return uuid.Must(uuid.NewV7()).String() }

// attemptKey returns the idempotency key of attempt number of an operation: the
// operation's own, unless every attempt has a new one.
func attemptKey(number int, operationKey string, newPerAttempt bool) string {
	if number > 1 && newPerAttempt {
		return NewKey()
	}
	return operationKey
}

// fitsHeader reports whether a header carries a key as it is.
func fitsHeader(key string) bool {
	for i := range len(key) {
		if key[i] < ' ' || key[i] > '~' {
			return false
		}
	}
	return key != "" && key[0] != ' ' && key[len(key)-1] != ' '
}
