package purchase

import (
	"math"
	"strings"
	"sync"
	"sync/atomic"
)

// idTexts is a table of the texts that IDs are, which are numbered from 0 in the order in
// which they were added. It is safe for concurrent use, and finding the text of a number
// takes no lock.
type idTexts struct {
	list atomic.Pointer[[]string]

	mu  sync.RWMutex // of what follows, and of changes of list
	ids map[string]ID
}

// texts are the texts of this process.
var texts idTexts

// at returns text number n, false when there is none.
func (t *idTexts) at(n int64) (string, bool) {
	list := t.list.Load()
	if list == nil || n >= int64(len(*list)) {
		return "", false
	}
	return (*list)[n], true
}

// find returns the ID of a text that was added.
func (t *idTexts) find(text string) (ID, bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	id, known := t.ids[text]
	return id, known
}

// add returns the ID of a text, and adds the text unless it was added before.
func (t *idTexts) add(text string) ID {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id, known := t.ids[text]; known {
		return id
	}
	if t.ids == nil {
		t.ids = map[string]ID{}
	}
	var list []string
	if old := t.list.Load(); old != nil {
		list = *old
	}
	id := math.MinInt64 + ID(len(list))
	text = strings.Clone(text) // which may be a piece of a large one
	list = append(list, text)
	t.ids[text] = id
	t.list.Store(&list) // readers of the old list look at none of its places from here on
	return id
}
