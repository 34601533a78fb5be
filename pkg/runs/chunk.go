package runs

import (
	"bytes"
	"fmt"

	"github.com/klauspost/compress/s2"
)

// Parcel is some records on their way, as Outbox.Next packs them.
type Parcel struct {
	// Records is how many there are.
	Records int
	// Packed is their journal's bytes, compressed.
	Packed []byte
}

// maxChunk is how many bytes of a journal a parcel holds, unless one batch alone
// has more.
const maxChunk = 4 << 20

// Pack makes a parcel of records.
func Pack(records []Record) (Parcel, error) {
	var raw bytes.Buffer
	if err := (&journal{to: &raw}).append(records); err != nil {
		return Parcel{}, err
	}
	return Parcel{len(records), s2.Encode(nil, raw.Bytes())}, nil
}

// Unpack is the records of a parcel that was packed elsewhere. Whatever is not
// whole is an error: a parcel is not a torn journal.
func Unpack(p Parcel) ([]Record, error) {
	damaged := func(why string) error {
		return fmt.Errorf("a parcel of %d records is damaged: %s", p.Records, why)
	}
	if n, err := s2.DecodedLen(p.Packed); err != nil || n > maxChunk+maxBatch {
		return nil, damaged("it cannot be unpacked")
	}
	raw, err := s2.Decode(nil, p.Packed)
	if err != nil {
		return nil, damaged(err.Error())
	}
	records := make([]Record, 0, max(0, min(p.Records, len(raw)/minRecord)))
	if err := readJournal(bytes.NewReader(raw), func(r Record) { records = append(records, r) }); err != nil {
		return nil, fmt.Errorf("a parcel of %d records: %w", p.Records, err)
	}
	if len(records) != p.Records {
		return nil, damaged(fmt.Sprintf("%d can be read", len(records)))
	}
	return records, nil
}
