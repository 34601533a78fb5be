package runs

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"sagalab/pkg/purchase"
)

// appendRecord appends the journal's encoding of a record: each field in order,
// integers as varints, floats as their 8 bytes, little-endian, times as seconds and
// nanoseconds, texts as their length and bytes. The code is written by hand since it
// runs beside the load, on the same processors: encoding/gob takes four times as
// long, and allocates. TestEveryFieldIsKept fails for a field that is missing here.
func appendRecord(b []byte, r *Record) []byte {
	b = appendOperation(b, r)
	for i := range r.Attempts {
		b = appendAttempt(b, &r.Attempts[i])
	}
	return b
}

// appendOperation appends a record up to its attempts, which follow.
func appendOperation(b []byte, r *Record) []byte {
	o := &r.Operation
	b = appendInts(appendFloats(appendOperation4(b, o), o.AcceptedMS, o.UncertaintyMS), o.Steps, o.Polls)
	return binary.AppendUvarint(b, uint64(len(r.Attempts)))
}

// appendOperation4 appends what versions of the journal up to 4 have of an operation.
func appendOperation4(b []byte, o *Operation) []byte {
	b = appendText(b, o.Stage)
	b = appendInts(b, o.Index, o.VirtualUser)
	b = appendText(b, o.Key)
	b = appendIDs(b, o.UserID, o.ProductID)
	b = appendIDs(appendInts(b, o.Quantity), o.PaymentMethodID)
	b = appendTime(appendTime(appendTime(b, o.ScheduledTS), o.StartTS), o.EndTS)
	b = appendFloats(b, o.LatencyMS, o.ServiceMS, o.WaitMS)
	b = appendInts(b, o.Attempts, o.Status)
	b = appendBool(b, o.Success)
	b = appendText(appendText(appendText(b, o.StatusStr), string(o.Outcome)), o.Reason)
	return appendText(appendText(b, o.OrderID), o.Message)
}

func appendAttempt(b []byte, a *Attempt) []byte {
	b = appendText(appendAttempt2(b, a), a.Meaning)
	return appendText(appendText(appendInts(b, a.AnsweredAmount), a.AnswerDiffers), a.Step)
}

// appendAttempt2 appends what versions of the journal up to 2 have of an attempt.
func appendAttempt2(b []byte, a *Attempt) []byte {
	b = appendText(b, a.Stage)
	b = appendInts(b, a.Index, a.Number)
	b = appendText(appendText(b, a.Kind), a.Key)
	b = appendTime(b, a.StartTS)
	b = appendFloats(b, a.PlannedWaitMS, a.WaitMS, a.LatencyMS)
	b = appendInts(b, a.Status)
	b = appendText(b, a.Class)
	b = appendBool(b, a.Sent)
	b = appendText(appendText(b, a.Reason), a.OrderID)
	return appendBool(b, a.Replayed)
}

// appendIDs appends each id as its number, or as 0 and its text, "" for no id. Versions up
// to 3 have the number alone, which is never 0 in what they send.
func appendIDs(b []byte, list ...purchase.ID) []byte {
	for _, id := range list {
		n, _ := id.Number()
		if b = binary.AppendVarint(b, n); n == 0 {
			b = appendText(b, id.Text())
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendInts(b []byte, list ...int64) []byte {
	for _, n := range list {
		b = binary.AppendVarint(b, n)
	}
	return b
}

func appendFloats(b []byte, list ...float64) []byte {
	for _, f := range list {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
	}
	return b
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func appendTime(b []byte, t time.Time) []byte {
	return binary.AppendUvarint(binary.AppendVarint(b, t.Unix()), uint64(t.Nanosecond()))
}

// minRecord and minAttempt are the fewest bytes that a record and an attempt take in any
// version, by which a reader bounds its memory.
var (
	unixEpoch  = time.Unix(0, 0) // the time that takes the fewest bytes
	minRecord  = len(appendRecord(nil, &Record{Operation: Operation{UserID: 1, ProductID: 1, PaymentMethodID: 1, ScheduledTS: unixEpoch, StartTS: unixEpoch, EndTS: unixEpoch}}))
	minAttempt = len(appendAttempt2(nil, &Attempt{StartTS: unixEpoch}))
)

var errDamaged = errors.New("the journal is damaged")

// decoder reads what appendRecord wrote. It keeps its first error in err and returns
// zero values after it.
type decoder struct {
	rest []byte
	err  error
	// encoding is how the records are encoded; one that is not known is an error.
	encoding recordEncoding
	// words are for intern, with the texts of fields that have few different ones.
	words map[string]string
}

func (d *decoder) readRecord() (r Record) {
	if d.encoding > encoding5 {
		d.fail()
		return Record{}
	}
	o := &r.Operation
	o.Stage = d.word()
	o.Index, o.VirtualUser = d.int(), d.int()
	o.Key = d.text()
	o.UserID, o.ProductID, o.Quantity, o.PaymentMethodID = d.id(), d.id(), d.int(), d.id()
	o.ScheduledTS, o.StartTS, o.EndTS = d.time(), d.time(), d.time()
	o.LatencyMS, o.ServiceMS, o.WaitMS = d.float(), d.float(), d.float()
	o.Attempts, o.Status = d.int(), d.int()
	o.Success = d.bool()
	o.StatusStr, o.Outcome, o.Reason = d.word(), purchase.Outcome(d.word()), d.word()
	o.OrderID, o.Message = d.text(), d.text()
	if d.encoding >= encoding5 {
		o.AcceptedMS, o.UncertaintyMS, o.Steps, o.Polls = d.float(), d.float(), d.int(), d.int()
	}
	n := d.uint()
	if n > uint64(len(d.rest)/minAttempt) {
		d.fail()
		return Record{}
	}
	if n > 0 {
		r.Attempts = make([]Attempt, n)
	}
	for i := range r.Attempts {
		r.Attempts[i] = d.readAttempt(o)
	}
	return r
}

func (d *decoder) readAttempt(o *Operation) (a Attempt) {
	a.Stage = d.word()
	a.Index, a.Number = d.int(), d.int()
	a.Kind, a.Key = d.word(), d.textLike(o.Key)
	a.StartTS = d.time()
	a.PlannedWaitMS, a.WaitMS, a.LatencyMS = d.float(), d.float(), d.float()
	a.Status = d.int()
	a.Class = d.word()
	a.Sent = d.bool()
	a.Reason, a.OrderID = d.word(), d.textLike(o.OrderID)
	a.Replayed = d.bool()
	if d.encoding >= encoding3 {
		a.Meaning, a.AnsweredAmount, a.AnswerDiffers = d.word(), d.int(), d.word()
	}
	if d.encoding >= encoding5 {
		a.Step = d.word()
	}
	return a
}

func (d *decoder) fail() { d.rest, d.err = nil, errDamaged }

func (d *decoder) uint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) int() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// id reads what appendIDs wrote. A text that is no id is damage.
func (d *decoder) id() purchase.ID {
	n := d.int()
	if n != 0 || d.encoding < encoding4 {
		return purchase.NumberID(n)
	}
	text := d.bytes(d.uint())
	if len(text) == 0 {
		return 0
	}
	id, err := purchase.ParseID(string(text))
	if err != nil {
		d.fail()
	}
	return id
}

func (d *decoder) bytes(n uint64) []byte {
	if n > uint64(len(d.rest)) {
		d.fail()
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) text() string { return string(d.bytes(d.uint())) }

// textLike reads a text. When it equals other, which is likely, it shares the memory
// of other.
func (d *decoder) textLike(other string) string {
	b := d.bytes(d.uint())
	if string(b) == other {
		return other
	}
	return string(b)
}

// word reads a text of a field that has few different ones.
func (d *decoder) word() string {
	if d.words == nil {
		d.words = map[string]string{}
	}
	return intern(d.words, d.bytes(d.uint()))
}

func (d *decoder) float() float64 {
	b := d.bytes(8)
	if b == nil {
		return 0
	}
	return math.Float64frombits(binary.LittleEndian.Uint64(b))
}

func (d *decoder) bool() bool {
	b := d.bytes(1)
	return b != nil && b[0] == 1
}

func (d *decoder) time() time.Time {
	s, n := d.int(), d.uint()
	return time.Unix(s, int64(n)).UTC()
}
