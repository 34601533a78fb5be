package runs

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/osfile"
)

// journal is the file that records are appended to while a stage runs. Its process
// keeps it locked, by which a reader distinguishes a stage that is running from one
// whose process died.
//
// The file begins with a head: journalMagic, the version in 4 bytes and, from version
// 2 on, the CRC-32C of both. Entries follow. All numbers are little-endian.
//
// An entry of versions 2 to 5 is
//
//	entryMarker   4 bytes
//	length        4 bytes, of the records
//	kind          2 bytes, an entryKind
//	encoding      2 bytes, a recordEncoding
//	count         4 bytes, how many records
//	first         8 bytes, how many records were written before them
//	checksum      4 bytes, the CRC-32C of length to first and of the records
//	records       one after another, as appendRecord writes them
//
// By marker and checksum a reader finds the next entry behind damaged bytes, by first
// it sees how many records are missing, and which entries are there twice. Each entry
// says how its records are encoded, so that they are read behind a head that is damaged.
//
// In versions 0 and 1 an entry is the length of its records, their CRC-32C, and the
// records. A file of version 0 has no head.
type journal struct {
	file   *os.File
	to     io.Writer // file, except in tests and for Pack
	buffer []byte
	next   uint64 // the number of the next record
}

// journalMagic begins a journal. Read as the length of an entry of version 0, its
// first 4 bytes are above maxBatch: no journal of version 0 begins so.
const journalMagic = "sagajrnl"

// entryMarker begins an entry. It is no UTF-8, so that no recorded text has it.
const entryMarker = "\xf5SJ\xff"

// The sizes of what stands before the entries, and before an entry's records.
const (
	journalHead1 = len(journalMagic) + 4
	journalHead  = journalHead1 + 4
	entryHead1   = 8
	entryHead    = len(entryMarker) + 4 + 4 + 4 + 8 + 4
)

// entryKind is what the records of an entry are.
type entryKind uint16

const (
	ended   entryKind = 0 // operations with all their attempts
	waiting entryKind = 1 // operations that wait for a retry, with the attempt that ended last
)

// recordEncoding is how an entry's records are encoded. Versions 0 and 1 do not say it.
type recordEncoding uint16

const (
	encoding2 recordEncoding = 0 // attempts as appendAttempt2 writes them; of versions up to 2
	encoding3 recordEncoding = 1 // attempts as appendAttempt writes them; of version 3
	encoding4 recordEncoding = 2 // and ids as appendIDs writes them; of version 4
	encoding5 recordEncoding = 3 // and operations with steps and polls, attempts with a step; of version 5
)

// maxBatch is the most bytes in an entry. It bounds what is written with one call, and
// the memory that a reader takes for a damaged length. maxEntry is from how many bytes
// on a new entry is begun, which bounds what a damaged byte makes unreadable.
const (
	maxBatch = 64 << 20
	maxEntry = 32 << 10
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// createJournal makes a journal, which must not exist, and locks it.
func createJournal(path string) (*journal, error) {
	// also for reading: Windows locks no file that can only be appended to
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	if err := osfile.TryLock(f, osfile.Exclusive); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := f.Write(appendJournalHead(nil)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{file: f, to: f}, nil
}

func appendJournalHead(b []byte) []byte {
	from := len(b)
	b = binary.LittleEndian.AppendUint32(append(b, journalMagic...), journalVersion)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[from:], castagnoli))
}

// append writes records of a kind, with one call unless they are large.
func (j *journal) append(kind entryKind, batch []Record) error {
	for len(batch) > 0 {
		b := j.buffer[:0]
		for len(batch) > 0 && len(b) < maxBatch/2 {
			b, batch = j.appendEntry(b, kind, batch)
		}
		j.buffer = b
		if _, err := j.to.Write(b); err != nil {
			return err
		}
	}
	if cap(j.buffer) > 1<<22 { // do not keep the memory of an unusually large batch
		j.buffer = nil
	}
	return nil
}

// appendEntry appends an entry with the first of the records, and returns the others.
func (j *journal) appendEntry(b []byte, kind entryKind, batch []Record) (entry []byte, rest []Record) {
	from, n := len(b), 0
	b = append(append(b, entryMarker...), make([]byte, entryHead-len(entryMarker))...)
	for n < len(batch) && len(b)-from < maxEntry {
		b = appendRecord(b, &batch[n])
		n++
	}
	head, records := b[from:from+entryHead], b[from+entryHead:]
	binary.LittleEndian.PutUint32(head[4:], uint32(len(records)))
	binary.LittleEndian.PutUint16(head[8:], uint16(kind))
	binary.LittleEndian.PutUint16(head[10:], uint16(encoding5))
	binary.LittleEndian.PutUint32(head[12:], uint32(n))
	binary.LittleEndian.PutUint64(head[16:], j.next)
	binary.LittleEndian.PutUint32(head[24:], entryChecksum(head, records))
	j.next += uint64(n)
	return b, batch[n:]
}

// entryChecksum returns the checksum of an entry of versions 2 to 5.
func entryChecksum(head, records []byte) uint32 {
	return crc32.Update(crc32.Checksum(head[len(entryMarker):entryHead-4], castagnoli), castagnoli, records)
}

func (j *journal) close() error { return j.file.Close() } // which also unlocks it

// openJournal opens the journal in a stage's directory for reading and reports
// whether the process that writes it is alive.
func openJournal(dir string) (f *os.File, alive bool, err error) {
	f, err = osfile.OpenRegular(filepath.Join(dir, journalFile), false)
	if errors.Is(err, fs.ErrNotExist) {
		f, err = osfile.OpenRegular(filepath.Join(dir, journalFile0), false)
	}
	if err != nil {
		return nil, false, err
	}
	return f, errors.Is(osfile.TryLock(f, osfile.Shared), osfile.ErrLocked), nil
}

// checkPlace returns a *RemovedError when the file is not at its path any more.
func (j *journal) checkPlace() error {
	open, err := j.file.Stat()
	if err != nil {
		return err
	}
	if now, err := os.Stat(j.file.Name()); err != nil || !os.SameFile(open, now) {
		return &RemovedError{Path: j.file.Name()}
	}
	return nil
}
