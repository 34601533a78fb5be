package purchase

import (
	"hash/maphash"
	"math"
	"strings"
	"sync"
	"sync/atomic"
)

// idTexts is a table of the texts that IDs are, which are numbered from 0 in the order in
// which they were added. It is safe for concurrent use, and finding the text of a number
// takes no lock. A text takes its bytes and, beside them, 16 to 30 bytes.
type idTexts struct {
	count atomic.Int64 // of texts; those are never changed
	pages atomic.Pointer[[]*textPage]

	mu    sync.RWMutex // of what follows, and of changes of what comes before
	seed  maphash.Seed
	slots []uint32        // 1 + the number of a text, at its hash or the first free place after it; 0 is free
	block strings.Builder // the bytes of texts, one after the other
}

// textPage is pageTexts texts in the order of their numbers.
type textPage [pageTexts]string

const (
	pageTexts = 256
	blockSize = 4096 // bytes, more than the longest text has
)

// texts are the texts of this process.
var texts idTexts

// at returns text number n, false when there is none.
func (t *idTexts) at(n int64) (string, bool) {
	if n >= t.count.Load() {
		return "", false
	}
	return (*t.pages.Load())[n/pageTexts][n%pageTexts], true
}

// find returns the ID of a text that was added.
func (t *idTexts) find(text string) (ID, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(t.slots) == 0 {
		return 0, false
	}
	number := t.slots[t.slot(text)]
	return numberedText(int(number) - 1), number > 0
}

// numberedText returns the ID of text number n.
func numberedText(n int) ID { return math.MinInt64 + ID(n) }

// slot returns the place of a text in slots, which has free ones.
func (t *idTexts) slot(text string) int {
	mask := len(t.slots) - 1
	i := int(maphash.String(t.seed, text)) & mask
	for t.slots[i] > 0 {
		if known, _ := t.at(int64(t.slots[i]) - 1); known == text {
			break
		}
		i = (i + 1) & mask
	}
	return i
}

// add returns the ID of a text, and adds the text unless it was added before.
func (t *idTexts) add(text string) ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := int(t.count.Load())
	if 4*n >= 3*len(t.slots) {
		t.grow(n)
	}
	slot := t.slot(text)
	if number := t.slots[slot]; number > 0 {
		return numberedText(int(number) - 1)
	}
	if n%pageTexts == 0 {
		t.addPage()
	}
	(*t.pages.Load())[n/pageTexts][n%pageTexts] = t.keep(text)
	t.slots[slot] = uint32(n + 1)
	t.count.Store(int64(n + 1))
	return numberedText(n)
}

// grow makes room in slots for more than n texts.
func (t *idTexts) grow(n int) {
	if t.slots == nil {
		t.seed = maphash.MakeSeed()
	}
	t.slots = make([]uint32, max(64, 2*len(t.slots)))
	for i := range n {
		text, _ := t.at(int64(i))
		t.slots[t.slot(text)] = uint32(i + 1)
	}
}

// addPage adds an empty page. Readers of the old list look at none of its places from there on.
func (t *idTexts) addPage() {
	var pages []*textPage
	if old := t.pages.Load(); old != nil {
		pages = *old
	}
	pages = append(pages, new(textPage))
	t.pages.Store(&pages)
}

// keep returns a copy of a text, which may be a piece of a large one.
func (t *idTexts) keep(text string) string {
	if t.block.Cap()-t.block.Len() < len(text) {
		t.block.Reset()
		t.block.Grow(blockSize)
	}
	start := t.block.Len()
	t.block.WriteString(text)
	return t.block.String()[start:]
}
