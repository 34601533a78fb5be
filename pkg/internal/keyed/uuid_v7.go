package keyed

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"time"

	"github.com/google/uuid"
)

// UUIDv7 makes the index-th idempotency key of what name names: a UUID of version 7
// (RFC 9562, 5.7) whose first 48 bits are the time now in milliseconds and whose
// random bits come from the other arguments. Keys so differ from run to run, while
// Stable of them, and with it every draw, is the same for the same seed.
func UUIDv7(seed uint64, name string, index uint64, now time.Time) string {
	from := make([]byte, 0, 128) // enough for most names
	from = append(from, name...)
	from = binary.BigEndian.AppendUint64(from, seed)
	from = binary.BigEndian.AppendUint64(from, index)
	hash := sha256.Sum256(from)
	var b uuid.UUID
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	copy(b[6:], hash[:10])
	b[6] = b[6]&0x0f | 0x70 // version 7
	b[8] = b[8]&0x3f | 0x80 // the variant of RFC 9562
	return b.String()
}

// Stable returns the part of key that is the same in another run from the same
// seed: of a UUID of version 7 in its usual form (8-4-4-4-12 hexadecimal digits)
// what follows the 48 bits of its time, in lower case; of any other key all of it.
func Stable(key string) string {
	const timestamp = len("xxxxxxxx-xxxx-")
	if len(key) != len("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
		return key // uuid.Parse would accept other forms, too
	}
	if u, err := uuid.Parse(key); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		return key
	}
	return strings.ToLower(key[timestamp:])
}
