package runs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	"github.com/klauspost/compress/s2"
)

// Outbox keeps records in a journal on disk until they have been delivered
// somewhere else. Whoever records is never kept waiting by the delivery, and what
// cannot be delivered takes disk and not memory. Append and the rest may be called
// from two goroutines at once.
type Outbox struct {
	journal *journal
	read    *os.File

	mu      sync.Mutex
	pending []span // of batches that were appended and not taken
	offset  int64  // where the first of them begins
	taken   []byte
}

// span is a batch in the journal: its bytes and its records.
type span struct{ bytes, records int }

// CreateOutbox makes the journal, which must not exist.
func CreateOutbox(path string) (*Outbox, error) {
	j, err := createJournal(path)
	if err != nil {
		return nil, fmt.Errorf("keeping records until they are delivered: %w", err)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("keeping records until they are delivered: %w", err), j.close())
	}
	return &Outbox{journal: j, read: f, offset: int64(journalHead)}, nil
}

// Append keeps a batch. Once it has returned nil, a crash of this process loses
// none of it.
func (o *Outbox) Append(batch []Record) error {
	if len(batch) == 0 {
		return nil
	}
	counted := byteCounter{to: o.journal.file}
	o.journal.to = &counted
	if err := o.journal.append(batch); err != nil {
		return fmt.Errorf("keeping records until they are delivered: %w%s", err, diskFullAdvice(err))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pending = append(o.pending, span{counted.n, len(batch)})
	return nil
}

type byteCounter struct {
	to io.Writer
	n  int
}

func (w *byteCounter) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	w.n += n
	return n, err
}

// Pending is how many records wait to be delivered.
func (o *Outbox) Pending() (records int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, s := range o.pending {
		records += s.records
	}
	return records
}

// Next is the oldest records that wait, false when there are none. They wait
// until Delivered; until then Next is the same ones, and maybe more.
func (o *Outbox) Next() (p Parcel, waits bool, err error) {
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
		return Parcel{}, false, nil
	}
	if cap(o.taken) < size {
		o.taken = make([]byte, size)
	}
	o.taken = o.taken[:size]
	if _, err := o.read.ReadAt(o.taken, offset); err != nil {
		return Parcel{}, false, fmt.Errorf("reading records to be delivered: %w", err)
	}
	p.Packed = s2.Encode(nil, o.taken)
	return p, true, nil
}

// Delivered says that a parcel of Next is where it belongs.
func (o *Outbox) Delivered(p Parcel) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for records := 0; records < p.Records; {
		records += o.pending[0].records
		o.offset += int64(o.pending[0].bytes)
		o.pending = o.pending[1:]
	}
}

// Close closes the journal and, when everything was delivered, removes it. kept is
// its path when it stays.
func (o *Outbox) Close() (kept string, err error) {
	path := o.read.Name()
	err = errors.Join(o.read.Close(), o.journal.close())
	if o.Pending() > 0 {
		return path, err
	}
	return "", errors.Join(err, os.Remove(path))
}
