package runner

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/google/uuid"
)

// idempotencyKey is the key of a stage's purchase: a UUID of version 7 (RFC 9562,
// 5.7) whose first 48 bits are the time and whose other bits are a hash of seed,
// stage and index. Keys so differ from run to run, while a fault that is drawn by
// their random part hits the same purchases for the same seed.
func idempotencyKey(seed uint64, stage string, index int, now time.Time) string {
	from := make([]byte, 0, 128) // enough for most names
	from = append(from, stage...)
	from = binary.BigEndian.AppendUint64(from, seed)
	from = binary.BigEndian.AppendUint64(from, uint64(index))
	hash := sha256.Sum256(from)
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	copy(b[6:], hash[:10])
	b[6] = b[6]&0x0f | 0x70 // version 7
	b[8] = b[8]&0x3f | 0x80 // the variant of RFC 9562
	return uuid.UUID(b).String()
}
