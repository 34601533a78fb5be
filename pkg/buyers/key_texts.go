package buyers

// keyTexts are texts, in chunks of which each is one text: that takes less memory than a
// string each, and they grow without being copied. The zero value is empty.
type keyTexts struct{ chunks []keyChunk }

// keyChunk is up to chunkRows texts one after the other.
type keyChunk struct {
	text []byte
	ends []uint32 // of MaxKeyLength characters, chunkRows texts are far below 4 GB
}

func (k *keyTexts) add(s string) {
	n := len(k.chunks)
	if n == 0 || len(k.chunks[n-1].ends) == chunkRows {
		k.chunks, n = append(k.chunks, keyChunk{}), n+1
	}
	c := &k.chunks[n-1]
	c.text = append(c.text, s...)
	c.ends = append(c.ends, uint32(len(c.text)))
}

// at returns text number i.
func (k *keyTexts) at(i int) string {
	c, i := &k.chunks[i/chunkRows], i%chunkRows
	from := uint32(0)
	if i > 0 {
		from = c.ends[i-1]
	}
	return string(c.text[from:c.ends[i]])
}
