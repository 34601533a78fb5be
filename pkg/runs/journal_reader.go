package runs

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
)

// readJournal calls see with each record of the entries that can be read, before and
// behind what cannot, and returns how much that is. A journal of a newer version is a
// *VersionError. An entry that is there twice is seen once.
func readJournal(r io.ReaderAt, size int64, see func(entryKind, Record)) (Damage, error) {
	s := journalScanner{from: r, size: size, see: see, seen: map[uint64]bool{}}
	if err := s.readHead(); err != nil {
		return Damage{}, err
	}
	for s.at < s.size {
		n, found, err := s.readEntry()
		if err != nil {
			return Damage{}, err
		}
		if !found {
			n, err = s.skip()
			if err != nil {
				return Damage{}, err
			}
			s.damage.Bytes += n
		}
		s.at += n
	}
	s.damage.Records = int(s.total - s.read)
	return s.damage, nil
}

// journalScanner reads a journal from one position to the next.
type journalScanner struct {
	from io.ReaderAt
	size int64
	see  func(entryKind, Record)

	at       int64 // the position
	old, new bool  // which entries it may have: of versions 0 and 1, of later ones
	buffer   []byte
	start    int64 // of buffer in the file
	words    map[string]string

	seen        map[uint64]bool // the numbers of the first records of entries
	total, read uint64          // records that were written, by their numbers, and records that were read
	damage      Damage
}

// window returns n bytes from a position, or fewer at the end of the file. They are
// valid until the next call.
func (s *journalScanner) window(at int64, n int) ([]byte, error) {
	n = int(min(int64(n), s.size-at))
	if n <= 0 {
		return nil, nil
	}
	if at < s.start || at+int64(n) > s.start+int64(len(s.buffer)) {
		want := int(min(max(int64(n), 1<<18), s.size-at))
		if cap(s.buffer) < want {
			s.buffer = make([]byte, want)
		}
		s.buffer, s.start = s.buffer[:want], at
		if got, err := s.from.ReadAt(s.buffer, at); got < want {
			s.buffer = nil
			return nil, err
		}
	}
	return s.buffer[at-s.start:][:n], nil
}

// readHead reads the file's head, and finds out which entries follow.
func (s *journalScanner) readHead() error {
	head, err := s.window(0, journalHead)
	if err != nil {
		return err
	}
	s.old, s.new = true, true // of a head that is damaged nothing is known
	if len(head) < journalHead1 || string(head[:len(journalMagic)]) != journalMagic {
		return nil
	}
	version := binary.LittleEndian.Uint32(head[len(journalMagic):])
	whole := len(head) == journalHead && crc32.Checksum(head[:journalHead1], castagnoli) == binary.LittleEndian.Uint32(head[journalHead1:])
	switch {
	case whole:
		s.old, s.at = false, int64(journalHead)
		return checkVersion("the journal", int(min(version, math.MaxInt32)), journalVersion)
	case version <= 1:
		s.at = int64(journalHead1)
	}
	return nil
}

// readEntry reads the entry at the position, if there is one, and returns its size.
func (s *journalScanner) readEntry() (n int64, found bool, err error) {
	if s.new {
		if n, found, err = s.readNewEntry(); found || err != nil {
			return n, found, err
		}
	}
	if s.old {
		return s.readOldEntry()
	}
	return 0, false, nil
}

func (s *journalScanner) readNewEntry() (n int64, found bool, err error) {
	head, err := s.window(s.at, entryHead)
	if err != nil || len(head) < entryHead || string(head[:len(entryMarker)]) != entryMarker {
		return 0, false, err
	}
	length := int(binary.LittleEndian.Uint32(head[4:]))
	if length > maxBatch || int64(length) > s.size-s.at-int64(entryHead) {
		return 0, false, nil
	}
	entry, err := s.window(s.at, entryHead+length)
	if err != nil {
		return 0, false, err
	}
	head, records := entry[:entryHead], entry[entryHead:]
	if entryChecksum(head, records) != binary.LittleEndian.Uint32(head[24:]) {
		return 0, false, nil
	}
	kind, encoding := entryKind(binary.LittleEndian.Uint16(head[8:])), recordEncoding(binary.LittleEndian.Uint16(head[10:]))
	count, first := uint64(binary.LittleEndian.Uint32(head[12:])), binary.LittleEndian.Uint64(head[16:])
	if s.seen[first] {
		s.damage.Bytes += int64(len(entry))
		return int64(len(entry)), true, nil
	}
	s.seen[first] = true
	s.decode(kind, encoding, records)
	s.total, s.read = max(s.total, first+count), s.read+count
	return int64(len(entry)), true, nil
}

// readOldEntry reads an entry of versions 0 and 1.
func (s *journalScanner) readOldEntry() (n int64, found bool, err error) {
	head, err := s.window(s.at, entryHead1)
	if err != nil || len(head) < entryHead1 {
		return 0, false, err
	}
	length, checksum := int(binary.LittleEndian.Uint32(head)), binary.LittleEndian.Uint32(head[4:])
	if length > maxBatch || length < minRecord || int64(length) > s.size-s.at-entryHead1 {
		return 0, false, nil
	}
	// the first record is cheaper to check than the checksum of all
	begin, err := s.window(s.at+entryHead1, min(length, 1<<13))
	if err != nil {
		return 0, false, err
	}
	first := decoder{rest: begin, encoding: encoding2}
	if first.readRecord(); first.err != nil && len(begin) == length {
		return 0, false, nil
	}
	records, err := s.window(s.at+entryHead1, length)
	if err != nil || crc32.Checksum(records, castagnoli) != checksum {
		return 0, false, err
	}
	s.decode(ended, encoding2, records)
	return int64(entryHead1 + length), true, nil
}

// decode passes on the records of an entry.
func (s *journalScanner) decode(kind entryKind, encoding recordEncoding, records []byte) {
	if s.words == nil {
		s.words = map[string]string{}
	}
	for d := (decoder{rest: records, encoding: encoding, words: s.words}); len(d.rest) > 0; {
		if record := d.readRecord(); d.err == nil {
			s.see(kind, record)
		} else {
			s.damage.Bytes += int64(len(records)) // which a program wrote that encodes records in another way
		}
	}
}

// skip returns how many bytes there are before the next entry, or the file's end.
func (s *journalScanner) skip() (n int64, err error) {
	from := s.at
	defer func() { s.at = from }()
	for s.at++; s.at < s.size; s.at++ {
		if !s.old {
			if err := s.seekMarker(); err != nil {
				return 0, err
			}
		}
		if _, found, err := s.entryAt(); found || err != nil {
			return s.at - from, err
		}
	}
	return s.size - from, nil
}

// seekMarker sets the position to that of the next marker, or to the file's end.
func (s *journalScanner) seekMarker() error {
	for s.at < s.size {
		b, err := s.window(s.at, 1<<16)
		if err != nil {
			return err
		}
		if i := bytes.Index(b, []byte(entryMarker)); i >= 0 {
			s.at += int64(i)
			return nil
		}
		if s.at+int64(len(b)) == s.size {
			break
		}
		s.at += int64(len(b) - len(entryMarker) + 1)
	}
	s.at = s.size
	return nil
}

// entryAt reports whether there is an entry at the position, without seeing its records.
func (s *journalScanner) entryAt() (int64, bool, error) {
	dry := journalScanner{from: s.from, size: s.size, see: func(entryKind, Record) {}, at: s.at, old: s.old, new: s.new,
		buffer: s.buffer, start: s.start, words: s.words, seen: map[uint64]bool{}}
	n, found, err := dry.readEntry()
	s.buffer, s.start = dry.buffer, dry.start
	return n, found, err
}
