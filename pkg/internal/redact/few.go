package redact

import "encoding/binary"

// Few makes a Redactor that removes secrets by value alone, as Values does, without an index of
// them: it takes a twentieth of the time and of the memory to make, and several times as long
// for a text. It is for secrets that are searched for in few texts, such as the token of one of
// many users.
func Few(secrets Secrets) *Redactor {
	r := &Redactor{few: true}
	for _, s := range secrets.list {
		r.addSecret(s)
	}
	return r
}

// gramTable has where each gram of a text is, by a hash of it. Places in it count from 1.
type gramTable struct {
	seen  [1 << 8]uint64 // by 14 bits of the hash: whether there is one, which is seldom so
	first [1 << 9]int32
	next  []int32 // by place: the one before it with the same hash, 0 for none
}

func gramHash(gram uint32) uint32 { return gram * 0x9e3779b1 }

// last returns the last place of a gram with a hash, 0 for none.
func (t *gramTable) last(h uint32) int32 {
	if t.seen[h>>24]&(1<<(h>>18&63)) == 0 {
		return 0
	}
	return t.first[h>>23]
}

// fill makes it the table of a text.
func (t *gramTable) fill(text []byte) {
	t.next = make([]int32, len(text)+1)
	for i := 0; i+gramLength <= len(text); i++ {
		h := gramHash(binary.LittleEndian.Uint32(text[i:]))
		t.seen[h>>24] |= 1 << (h >> 18 & 63)
		t.next[i+1], t.first[h>>23] = t.first[h>>23], int32(i+1)
	}
}

// findFew appends the ranges of v's source that hold secrets, as findValues does. Each whole
// pattern, and each part of one of at least minEdge characters, has a gram at an offset that is
// a multiple of gramLength.
func (r *Redactor) findFew(spans []span, v view) []span {
	if len(v.text) < gramLength {
		return spans
	}
	text, at := v.compact()
	var table gramTable
	table.fill(text)
	for k := range r.patterns {
		p := &r.patterns[k]
		if len(text) < min(len(p.text), minEdge) {
			continue
		}
		for offset := 0; offset+gramLength <= len(p.text); offset += gramLength {
			gram := binary.LittleEndian.Uint32(p.text[offset:])
			for place := table.last(gramHash(gram)); place > 0; place = table.next[place] {
				i := int(place) - 1
				if binary.LittleEndian.Uint32(text[i:]) != gram {
					continue
				}
				from, to := extend(p.text, offset, text, i, 0)
				if p.accepts(text, from, to, offset-(i-from)) && (!p.short || v.alone(at[from], at[to-1])) {
					spans = append(spans, v.source(at[from], at[to-1]))
				}
			}
		}
	}
	return spans
}
