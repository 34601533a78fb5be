package runs

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"

	"sagalab/pkg/internal/osfile"
)

// journal is the file that records are appended to while a stage runs: batches,
// each written with one call, so that a crash or a full disk can damage only the
// last batch. Its process keeps it locked, by which a reader distinguishes a stage
// that is running from one whose process died.
//
// The file begins with journalMagic and its version in 4 bytes, little-endian; one
// without them is of version 0. Batches follow, in both versions the same.
//
// A batch is the length of its records in bytes and their CRC-32C, both in 4
// bytes, little-endian, and the records one after another as appendRecord
// writes them.
type journal struct {
	file   *os.File
	to     io.Writer // file, except in tests and for Pack
	buffer []byte
}

// journalMagic begins a journal. Read as the length of a batch, its first 4 bytes
// are above maxBatch: no journal of version 0 begins so.
const journalMagic = "sagajrnl"

// journalHead and batchHead are how many bytes stand before the batches and before
// a batch's records.
const (
	journalHead = len(journalMagic) + 4
	batchHead   = 8
)

// maxBatch is the most bytes in a batch. It bounds what is written with one call, and
// the memory that a reader takes for a damaged length.
const maxBatch = 64 << 20

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
	if _, err := f.Write(binary.LittleEndian.AppendUint32([]byte(journalMagic), journalVersion)); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &journal{file: f, to: f}, nil
}

// append writes records in one batch, or in several when they are large.
func (j *journal) append(batch []Record) error {
	for len(batch) > 0 {
		b := append(j.buffer[:0], make([]byte, batchHead)...)
		for len(batch) > 0 && len(b) < maxBatch/2 {
			b = appendRecord(b, &batch[0])
			batch = batch[1:]
		}
		records := b[batchHead:]
		binary.LittleEndian.PutUint32(b, uint32(len(records)))
		binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(records, castagnoli))
		if _, err := j.to.Write(b); err != nil {
			return err
		}
		j.buffer = b
	}
	if cap(j.buffer) > 1<<22 { // do not keep the memory of an unusually large batch
		j.buffer = nil
	}
	return nil
}

func (j *journal) close() error { return j.file.Close() } // which also unlocks it

// readJournal calls see with each record of the batches that are complete, up to the
// first that is not. An incomplete end is what a crash leaves and no error. A journal
// of a newer version is a *VersionError.
func readJournal(r io.Reader, see func(Record)) error {
	from := bufio.NewReaderSize(r, 1<<16)
	if head, err := from.Peek(journalHead); err == nil && string(head[:len(journalMagic)]) == journalMagic {
		version := binary.LittleEndian.Uint32(head[len(journalMagic):])
		if err := checkVersion("the journal", int(min(version, math.MaxInt32)), journalVersion); err != nil {
			return err
		}
		_, _ = from.Discard(journalHead) // which is in its buffer
	}
	readBatches(from, see)
	return nil
}

// readBatches calls see with each record of the batches that are complete.
func readBatches(from io.Reader, see func(Record)) {
	var d decoder
	var batch []byte
	for {
		var head [batchHead]byte
		if _, err := io.ReadFull(from, head[:]); err != nil {
			return
		}
		n := binary.LittleEndian.Uint32(head[:])
		if n > maxBatch {
			return
		}
		var err error
		if batch, err = readExactly(from, batch[:0], int(n)); err != nil {
			return
		}
		if crc32.Checksum(batch, castagnoli) != binary.LittleEndian.Uint32(head[4:]) {
			return
		}
		for d.rest = batch; len(d.rest) > 0; {
			if record := d.readRecord(); d.err == nil {
				see(record)
			}
		}
		if d.err != nil {
			return
		}
	}
}

// readExactly appends n bytes to b. It allocates in parts as it reads, so that a
// damaged length takes no more memory than the file has bytes.
func readExactly(r io.Reader, b []byte, n int) ([]byte, error) {
	for want := n; want > 0; {
		part := min(want, 1<<20)
		at := len(b)
		b = append(b, make([]byte, part)...)
		if _, err := io.ReadFull(r, b[at:]); err != nil {
			return b, err
		}
		want -= part
	}
	return b, nil
}

// openJournal opens the journal in a stage's directory for reading and reports
// whether the process that writes it is alive.
func openJournal(dir string) (f *os.File, alive bool, err error) {
	f, err = os.Open(filepath.Join(dir, journalFile))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = os.Open(filepath.Join(dir, journalFile0))
	}
	if err != nil {
		return nil, false, err
	}
	return f, errors.Is(osfile.TryLock(f, osfile.Shared), osfile.ErrLocked), nil
}
