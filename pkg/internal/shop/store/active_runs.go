package store

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"
)

// runLeasePrefix begins the name of a run's lease among those of processes, whose names
// begin with a host's and so have no colon there.
const runLeasePrefix = "lab-run:"

// runLease names the lease of a run. The token itself is not stored, since the table
// can be read by others.
func runLease(token string) string {
	sum := sha256.Sum256([]byte(token))
	return runLeasePrefix + hex.EncodeToString(sum[:16])
}

// PublishRun makes a run count as active for all processes for as long as lasting.
func (l *Leases) PublishRun(token string, lasting time.Duration) error {
	_, err := l.db.direct(`INSERT INTO processes (process, expires) VALUES (?1, clock_timestamp() + ?2 * INTERVAL '1 millisecond')
		ON CONFLICT (process) DO UPDATE SET expires = greatest(processes.expires, excluded.expires)`, runLease(token), lasting.Milliseconds())
	return err
}

// OtherRunActive reports whether another run than those of the tokens is active in some
// process. It removes the leases of runs that are not.
func (l *Leases) OtherRunActive(held []string) (active bool, err error) {
	names := make([]string, len(held))
	for i, token := range held {
		names[i] = runLease(token)
	}
	text, err := json.Marshal(names)
	if err != nil {
		return false, err
	}
	if _, err := l.db.direct(`DELETE FROM processes WHERE process LIKE '` + runLeasePrefix + `%' AND expires < clock_timestamp()`); err != nil {
		return false, err
	}
	err = l.db.read(func(t Tx) error {
		_, err := t.QueryFirst(`SELECT EXISTS (SELECT 1 FROM processes WHERE process LIKE '`+runLeasePrefix+`%' AND process NOT `+l.db.anyOf("?1")+` AND expires >= clock_timestamp())`,
			[]any{string(text)}, &active)
		return err
	})
	return active, err
}
