package fault

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// identity stands for a key wherever the key itself could be too long to keep.
// The zero value stands for all requests without a key.
type identity [16]byte

func identify(key string) identity {
	if key == "" {
		return identity{}
	}
	hash := sha256.Sum256([]byte(lasting(key)))
	return identity(hash[:16])
}

// draw decides whether window takes the seen-th request of id: a number in
// [0, 1) that the share is compared with. It is a hash and not a stream of random
// numbers, because the order in which concurrent requests arrive differs from run
// to run, and which of them fail must not.
func draw(seed uint64, window int, id identity, seen uint64) float64 {
	b := make([]byte, 0, 40)
	b = binary.BigEndian.AppendUint64(b, seed)
	b = binary.BigEndian.AppendUint64(b, uint64(window))
	b = binary.BigEndian.AppendUint64(b, seen)
	hash := sha256.Sum256(append(b, id[:]...))
	return float64(binary.BigEndian.Uint64(hash[:])>>11) / (1 << 53)
}

// lasting is the part of a key that is the same in another run from the same
// seed. The first 48 bits of a UUID of version 7 are the time (RFC 9562, 5.7), so
// only what follows counts; of any other key all of it does.
func lasting(key string) string {
	const timestamp = len("xxxxxxxx-xxxx-")
	if len(key) != len("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
		return key // uuid.Parse would take other forms, too
	}
	if u, err := uuid.Parse(key); err != nil || u.Version() != 7 || u.Variant() != uuid.RFC4122 {
		return key
	}
	return strings.ToLower(key[timestamp:])
}
