package shop

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"

	"github.com/google/uuid"
)

// lot draws a number in [0, 1) for the nth time that something may happen to a
// purchase. It is a hash and not a stream of random numbers, so that the order in
// which concurrent purchases come does not change what happens to which.
func lot(seed uint64, what, key string, nth uint64) float64 {
	b := binary.BigEndian.AppendUint64(nil, seed)
	b = binary.BigEndian.AppendUint64(b, nth)
	b = append(append(b, what...), 0)
	hash := sha256.Sum256(append(b, lasting(key)...))
	return float64(binary.BigEndian.Uint64(hash[:])>>11) / (1 << 53)
}

// lasting is the part of a key that is the same in another run from the same
// seed: the first 48 bits of a UUID of version 7 are the time (RFC 9562, 5.7).
func lasting(key string) string {
	const timestamp = len("xxxxxxxx-xxxx-")
	if len(key) != len("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
		return key // uuid.Parse would take other forms, too
	}
	if u, err := uuid.Parse(key); err != nil || u.Version() != 7 {
		return key
	}
	return strings.ToLower(key[timestamp:])
}

// lotKey is what lots of a saga are drawn by: without a key, as a purchase has no
// other mark that a second run would repeat, by its order.
func (c cart) lotKey() string {
	if c.Key == "" {
		return c.OrderID
	}
	return c.Key
}
