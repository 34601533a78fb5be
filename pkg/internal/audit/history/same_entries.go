package history

import (
	"slices"

	"sagalab/pkg/purchase"
)

// Two equal entries without ids are two movements of money where they stand in one answer:
// rows of one list are different rows. On two pages the second may be the first again, as
// when the pages overlap, and nothing tells which it is.

// EntryDoubtful reports whether entry i, which has no id, may be an entry of an earlier page
// again.
func (l *LedgerIndex) EntryDoubtful(i int) bool { return l.doubtful[i] }

// DoubtfulEntries returns the places of the entries of a state that have no id and may be
// an entry of an earlier page again; nil without any.
func (s *State) DoubtfulEntries() (doubtful map[int]bool) {
	if len(s.LedgerPages) == 0 {
		return nil
	}
	pageOf := map[purchase.Entry]int{} // of the first of several that are equal
	for i := range s.Ledger {
		e := s.Ledger[i]
		if e.EntryID != "" {
			continue
		}
		e.At = e.At.UTC()
		page, begins := slices.BinarySearch(s.LedgerPages, i)
		if begins {
			page++
		}
		first, known := pageOf[e]
		switch {
		case !known:
			pageOf[e] = page
		case first != page && doubtful == nil:
			doubtful = map[int]bool{i: true}
		case first != page:
			doubtful[i] = true
		}
	}
	return doubtful
}
