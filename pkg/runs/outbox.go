package runs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"

	"github.com/klauspost/compress/s2"
)

// Outbox stores records in a journal on disk until they are delivered elsewhere, so
// that recording never waits for the delivery and undelivered records take no
// memory. One goroutine may call Append while another calls the other methods.
type Outbox struct {
	journal *journal
	read    *os.File

	mu      sync.Mutex
	pending []batchSize // of the batches that are not delivered
	offset  int64       // of the first of them in the file
	buffer  []byte      // of Next
}

// batchSize is the size of a batch in the journal.
type batchSize struct{ bytes, records int }

// CreateOutbox makes the file of an outbox, which must not exist.
func CreateOutbox(path string) (*Outbox, error) {
	j, err := createJournal(path)
	if err != nil {
		return nil, fmt.Errorf("storing records until they are delivered: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("storing records until they are delivered: %w", err), j.close())
	}
	return &Outbox{journal: j, read: f, offset: int64(journalHead)}, nil
}

// Append stores a batch. Once it has returned nil, a crash of this process loses
// none of its records.
func (o *Outbox) Append(batch []Record) error {
	if len(batch) == 0 {
		return nil
	}
	counted := byteCounter{to: o.journal.file}
	o.journal.to = &counted
	if err := o.journal.append(ended, batch); err != nil {
		return fmt.Errorf("storing records until they are delivered: %w%s", err, diskFullAdvice(err))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending = append(o.pending, batchSize{counted.n, len(batch)})
	return nil
}

type byteCounter struct {
	to io.Writer
	n  int
}

func (c *byteCounter) Write(b []byte) (int, error) {
	n, err := c.to.Write(b)
	c.n += n
	return n, err
}

// Pending returns how many records are not delivered yet.
func (o *Outbox) Pending() (records int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.pending {
		records += s.records
	}
	return records
}

// Next returns the oldest records that are not delivered, and false without any. Until
// Delivered is called, Next returns the same ones again, and newer ones as far as
// they fit.
func (o *Outbox) Next() (p Chunk, found bool, err error) {
	o.mu.Lock()
	size, offset := 0, o.offset
	for i, s := range o.pending {
		if i > 0 && size+s.bytes > maxChunk {
			break
		}
		size += s.bytes
		p.Records += s.records
	}
	o.mu.Unlock()
	if p.Records == 0 {
		return Chunk{}, false, nil
	}
	o.buffer = appendJournalHead(o.buffer[:0])
	o.buffer = slices.Grow(o.buffer, size)[:journalHead+size]
	if _, err := o.read.ReadAt(o.buffer[journalHead:], offset); err != nil {
		return Chunk{}, false, fmt.Errorf("reading records for their delivery: %w", err)
	}
	p.Packed = s2.Encode(nil, o.buffer)
	return p, true, nil
}

// Delivered removes the records of a chunk that Next returned.
func (o *Outbox) Delivered(p Chunk) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for records := 0; records < p.Records; {
		records += o.pending[0].records
		o.offset += int64(o.pending[0].bytes)
		o.pending = o.pending[1:]
	}
}

// Close closes the file. It removes the file when all records were delivered, else
// it returns its path in kept.
func (o *Outbox) Close() (kept string, err error) {
	path := o.read.Name()
	err = errors.Join(o.read.Close(), o.journal.close())
	if o.Pending() > 0 {
		return path, err
	}
	return "", errors.Join(err, os.Remove(path))
}
