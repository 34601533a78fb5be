package redact

// filterWords is the size of a filter: 32 KB, so that it stays in a processor's cache.
const filterWords = 1 << 12

// filter is a Bloom filter of grams: has is true for each gram that was added, and for
// one of a hundred others when there are ten thousand.
type filter [filterWords]uint64

// bits returns the word and the two bits in it that a gram sets.
func (f *filter) bits(gram uint32) (word *uint64, mask uint64) {
	h := gram * 0x9e3779b1
	return &f[h>>20&(filterWords-1)], 1<<(h>>14&63) | 1<<(h>>8&63)
}

func (f *filter) add(gram uint32) {
	word, mask := f.bits(gram)
	*word |= mask
}

func (f *filter) has(gram uint32) bool {
	word, mask := f.bits(gram)
	return *word&mask == mask
}
