package history

// certainDuplicates is how many requests at the step that decides must be expected among those
// that a fault plan delivered twice, of purchases of several steps, for it to be certain that
// there is one: the chance of none is below e^-14, one in a million.
const certainDuplicates = 14

// KeysDeliveredTwice returns about how many keys the fault plans of the stages had delivered
// twice, of which only one answer is known. Which requests a fault took is not recorded, and
// faults take requests at any step: of several steps it is the share of the step that decides,
// and 0 where that is so small that there may be none.
func (h *History) KeysDeliveredTwice() (n int) {
	for i := range h.Stages {
		taken := 0
		for _, w := range h.Stages[i].FaultWindows {
			if w.Fault == duplicateFault {
				taken += w.Taken
			}
		}
		if taken > 0 {
			n += h.shareOfKeys(int32(i), taken)
		}
	}
	return n
}

// shareOfKeys returns how many keys of a stage were among so many of its requests.
func (h *History) shareOfKeys(stage int32, taken int) int {
	keys, keyed, others := map[int32]bool{}, 0, 0
	for i := range h.All {
		a := &h.All[i]
		switch k := h.Purchases[a.Purchase].Key; {
		case a.Stage != stage || a.Meaning == NotSent || a.Part == Asks || a.Part == AsksStep:
		case a.Part == Decides && h.Keys[k].Name != "":
			keys[k] = true
			keyed++
		default:
			others++
		}
	}
	if keyed == 0 {
		return 0
	}
	n := taken * keyed / (keyed + others)
	if others > 0 && n < certainDuplicates {
		return 0
	}
	return min(max(n, 1), len(keys))
}
