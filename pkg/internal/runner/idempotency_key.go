package runner

import (
	"time"

	"sagalab/pkg/internal/keyed"
)

// idempotencyKey returns the key of a stage's purchase: a UUID of version 7 (RFC 9562,
// 5.7) whose first 48 bits are the time and whose other bits are a hash of seed,
// stage and index. Keys so differ from run to run, while a fault that is drawn by
// their random part hits the same purchases for the same seed.
func idempotencyKey(seed uint64, stage string, index int, now time.Time) string {
	return keyed.UUIDv7(seed, stage, uint64(index), now)
}
