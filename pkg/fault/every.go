package fault

import "time"

// Every is windows of one fault that takes all requests: the last part, lasting,
// of each period until until. Every(5*time.Second, time.Second, time.Minute,
// Stall) stalls a service one second in every five for a minute. What cannot be
// (no period, a fault that lasts longer than its period) gives one window that
// Plan.Validate refuses.
func Every(period, lasting, until time.Duration, kind Kind) []Window {
	if period <= 0 || lasting <= 0 || lasting > period {
		return []Window{{From: period, To: period - max(lasting, 0), Fault: kind, Share: 1}}
	}
	var windows []Window
	for end := period; end <= until && len(windows) <= MaxWindows; end += period {
		windows = append(windows, Window{From: end - lasting, To: end, Fault: kind, Share: 1})
	}
	return windows
}
