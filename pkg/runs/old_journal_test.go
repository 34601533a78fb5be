package runs

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"reflect"
	"slices"
	"testing"
)

// oldRecords are records as programs of version 2 and before had them.
func oldRecords(stage string, from, to int) []Record {
	list := records(stage, from, to)
	for i := range list {
		for n := range list[i].Attempts {
			a := &list[i].Attempts[n]
			a.Meaning, a.AnsweredAmount, a.AnswerDiffers = "", 0, ""
		}
	}
	return list
}

// appendOldRecord appends a record as versions up to 2 do.
func appendOldRecord(b []byte, r *Record) []byte {
	b = binary.AppendUvarint(appendOperation4(b, &r.Operation), uint64(len(r.Attempts)))
	for i := range r.Attempts {
		b = appendAttempt2(b, &r.Attempts[i])
	}
	return b
}

// journal2 is a journal of version 2, with an entry for each batch.
func journal2(batches ...[]Record) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(journalMagic), 2)
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	first := 0
	for _, batch := range batches {
		var list []byte
		for i := range batch {
			list = appendOldRecord(list, &batch[i])
		}
		from := len(b)
		b = binary.LittleEndian.AppendUint32(append(b, entryMarker...), uint32(len(list)))
		b = binary.LittleEndian.AppendUint32(b, uint32(ended))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(batch)))
		b = binary.LittleEndian.AppendUint64(b, uint64(first))
		b = binary.LittleEndian.AppendUint32(b, entryChecksum(append(b[from:len(b):len(b)], 0, 0, 0, 0), list))
		b = append(b, list...)
		first += len(batch)
	}
	return b
}

// A journal of version 2 or 3 is read to its end, whether its head is whole or damaged.
func TestEntriesSayHowTheyAreEncoded(t *testing.T) {
	for version, want := range map[int][]Record{2: oldRecords("s", 0, 9), 3: records("s", 0, 9)} {
		file := journal2(want[:4], want[4:])
		if version == 3 {
			entries, _ := journalOf(t, want[:4], want[4:])
			file = append(appendJournalHead(nil), entries...)
		}
		for _, damaged := range []bool{false, true} {
			t.Run(fmt.Sprint(version, " damaged ", damaged), func(t *testing.T) {
				file := bytes.Clone(file)
				if damaged {
					file[len(journalMagic)] ^= 64 // of the version's number
				}
				var got []Record
				damage, err := readJournal(bytes.NewReader(file), int64(len(file)), func(_ entryKind, r Record) { got = append(got, r) })
				if err != nil || !reflect.DeepEqual(got, want) || (damage.Bytes > 0) != damaged || damage.Records > 0 {
					t.Errorf("%d records, %+v, %v; want all %d", len(got), damage, err, len(want))
				}
			})
		}
	}
}

// An entry whose records are encoded in a way that is not known is said to be damaged.
func TestUnknownEncodingIsDamage(t *testing.T) {
	entries, _ := journalOf(t, records("s", 0, 3))
	file := append(appendJournalHead(nil), entries...)
	head := file[journalHead:]
	binary.LittleEndian.PutUint16(head[10:], uint16(encoding5)+1)
	binary.LittleEndian.PutUint32(head[24:], entryChecksum(head, head[entryHead:]))
	damage, err := readJournal(bytes.NewReader(file), int64(len(file)), func(_ entryKind, r Record) { t.Errorf("read %+v", r) })
	if err != nil || damage.Bytes == 0 {
		t.Errorf("%+v, %v; want damage", damage, err)
	}
}

// Damage in a journal of version 1, which has no marker, loses its entry alone, too.
func TestOldJournalResynchronizes(t *testing.T) {
	want := oldRecords("s", 0, 9)
	file := binary.LittleEndian.AppendUint32([]byte(journalMagic), 1)
	for i := range 3 {
		var entry []byte
		for n := range want[3*i : 3*i+3] {
			entry = appendOldRecord(entry, &want[3*i+n])
		}
		file = binary.LittleEndian.AppendUint32(file, uint32(len(entry)))
		file = binary.LittleEndian.AppendUint32(file, crc32.Checksum(entry, castagnoli))
		file = append(file, entry...)
	}
	file[len(file)/2] ^= 4
	var got []Record
	damage, err := readJournal(bytes.NewReader(file), int64(len(file)), func(_ entryKind, r Record) { got = append(got, r) })
	if err != nil || !reflect.DeepEqual(got, slices.Concat(want[:3], want[6:])) || damage.Bytes == 0 {
		t.Errorf("%d records, %+v, %v; want those of the first and the last entry", len(got), damage, err)
	}
}
