package observe

import (
	"encoding/binary"
	"hash/maphash"

	"sagalab/pkg/internal/audit"
)

// digest returns a hash of what settles in a state: two reads with the same one agree. An
// order's time of update and its steps are left out, which change while a stuck purchase
// is tried again. It stands for a read, so that two states need not be held at once.
func digest(s *audit.State) uint64 {
	var h maphash.Hash
	h.SetSeed(hashSeed)
	number := func(values ...int64) {
		var b [8]byte
		for _, v := range values {
			binary.LittleEndian.PutUint64(b[:], uint64(v))
			h.Write(b[:])
		}
	}
	text := func(values ...string) {
		for _, v := range values {
			h.WriteString(v)
			h.WriteByte(0)
		}
	}
	number(int64(len(s.Orders)), int64(len(s.Ledger)), int64(len(s.Products)), int64(len(s.Users)), int64(len(s.Failed)))
	for i := range s.Orders {
		o := &s.Orders[i]
		text(o.OrderID, string(o.Status))
		number(o.Amount)
	}
	for i := range s.Ledger {
		e := &s.Ledger[i]
		text(e.EntryID, e.OrderID, e.Kind)
		number(int64(e.UserID), e.Amount)
	}
	for _, p := range s.Products {
		number(int64(p.ProductID), p.Price, p.Stock, p.Reserved)
	}
	for _, u := range s.Users {
		number(int64(u.UserID), u.Balance)
	}
	return h.Sum64()
}
