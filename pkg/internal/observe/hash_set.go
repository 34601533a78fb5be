package observe

import (
	"hash/maphash"
	"slices"
)

// hashSeed makes the hashes of this process; they are never stored.
var hashSeed = maphash.MakeSeed()

// hashOf returns the hash of a text, 0 for "" and for nothing else.
func hashOf(text string) uint64 {
	if text == "" {
		return 0
	}
	return max(1, maphash.String(hashSeed, text))
}

// hashSet holds hashes of texts, 8 bytes each, in ascending order without repetition.
type hashSet []uint64

// newHashSet sorts hashes, which it keeps. 0, of the empty text, is left out.
func newHashSet(hashes []uint64) hashSet {
	slices.Sort(hashes)
	hashes = slices.Compact(hashes)
	if len(hashes) > 0 && hashes[0] == 0 {
		hashes = hashes[1:]
	}
	return hashes
}

// has reports whether the set has a hash.
func (s hashSet) has(hash uint64) bool {
	_, found := slices.BinarySearch(s, hash)
	return found
}
