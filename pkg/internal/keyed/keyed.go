// Package keyed draws numbers and idempotency keys that depend on nothing but a
// seed and what they are drawn for.
//
// Each draw hashes its arguments with SHA-256. A stream of random numbers would
// give concurrent requests other numbers in each run, because they arrive in
// another order. The values are part of what a recorded seed promises: the byte
// layouts below must not change.
//
// All functions are safe for concurrent use.
package keyed

import (
	"crypto/sha256"
	"encoding/binary"
)

// Fraction draws a number in [0, 1) for the n-th time that something, named by
// purpose, may happen to an operation under key. Compare it with a probability:
// Fraction(…) < p is true for a part p of all keys. It depends on Stable(key) only,
// so that a UUID of version 7 made at another time gives the same number.
func Fraction(seed uint64, purpose, key string, n uint64) float64 {
	b := make([]byte, 0, 128) // enough for most purposes and keys
	b = binary.BigEndian.AppendUint64(b, seed)
	b = binary.BigEndian.AppendUint64(b, n)
	b = append(append(b, purpose...), 0)
	return fraction(append(b, Stable(key)...))
}

// ID identifies a key in 16 bytes, however long the key is. The zero value is the
// ID of the empty key, which all requests without a key share.
type ID [16]byte

// IDOf returns the ID of key, which depends on Stable(key) only.
func IDOf(key string) ID {
	if key == "" {
		return ID{}
	}
	hash := sha256.Sum256([]byte(Stable(key)))
	return ID(hash[:16])
}

// Fraction draws a number in [0, 1) for the n-th request of id in one of several
// numbered streams, such as the windows of a fault plan. Its numbers are other
// ones than those of the function Fraction.
func (id ID) Fraction(seed, stream, n uint64) float64 {
	b := make([]byte, 0, 3*8+len(id))
	b = binary.BigEndian.AppendUint64(b, seed)
	b = binary.BigEndian.AppendUint64(b, stream)
	b = binary.BigEndian.AppendUint64(b, n)
	return fraction(append(b, id[:]...))
}

// fraction hashes b to a multiple of 2⁻⁵³ in [0, 1).
func fraction(b []byte) float64 {
	hash := sha256.Sum256(b)
	return float64(binary.BigEndian.Uint64(hash[:])>>11) / (1 << 53)
}
