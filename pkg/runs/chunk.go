package runs

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/s2"
)

// Chunk holds records for sending them to another process, as Outbox.Next and Pack
// make it and Unpack reads it.
type Chunk struct {
	// Records is the number of records.
	Records int
	// Packed is a journal with the records, compressed with S2.
	Packed []byte
}

// maxChunk is how many bytes of a journal a chunk holds before compression, unless
// a single batch has more.
const maxChunk = 4 << 20

// Pack makes a chunk of records, of any size.
func Pack(records []Record) (Chunk, error) {
	var raw bytes.Buffer
	raw.Write(appendJournalHead(nil))
	if err := (&journal{to: &raw}).append(ended, records); err != nil {
		return Chunk{}, err
	}
	return Chunk{len(records), s2.Encode(nil, raw.Bytes())}, nil
}

// Unpack returns the records of a chunk, which another process may have packed. It
// returns an error for a chunk that is damaged or incomplete, and a *VersionError
// for one of a newer format.
func Unpack(p Chunk) ([]Record, error) {
	damaged := func(why string) error {
		return fmt.Errorf("a chunk of %d records is damaged: %s", p.Records, why)
	}
	if n, err := s2.DecodedLen(p.Packed); err != nil || n > maxChunk+maxBatch {
		return nil, damaged("it cannot be unpacked")
	}
	raw, err := s2.Decode(nil, p.Packed)
	if err != nil {
		return nil, damaged(err.Error())
	}
	records := make([]Record, 0, max(0, min(p.Records, len(raw)/minRecord)))
	damage, err := readJournal(bytes.NewReader(raw), int64(len(raw)), func(_ entryKind, r Record) { records = append(records, r) })
	if err != nil {
		return nil, fmt.Errorf("a chunk of %d records: %w", p.Records, err)
	}
	if len(records) != p.Records || damage.Bytes > 0 {
		return nil, damaged(fmt.Sprintf("%d records can be read", len(records)))
	}
	return records, nil
}
