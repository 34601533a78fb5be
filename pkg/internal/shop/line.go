package shop

import "sync"

// line serves those who wait, all of them together, one group after the other.
// Whoever comes while a group is served is in the next one.
type line[T any] struct {
	serve func(group []T)
	fits  func(group []T, next T) bool // whether next may be in the group, too

	mu      sync.Mutex
	waiting []T
	serving bool
}

// join gets in line; serve tells who waits when it is done with them.
func (l *line[T]) join(who T) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, who)
	if !l.serving {
		l.serving = true
		go l.run()
	}
}

func (l *line[T]) run() {
	for group := l.next(); len(group) > 0; group = l.next() {
		l.serve(group)
	}
}

// next takes a group out of the line; without one, serving is over.
func (l *line[T]) next() []T {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for n < len(l.waiting) && (n == 0 || l.fits(l.waiting[:n], l.waiting[n])) {
		n++
	}
	group := l.waiting[:n:n]
	l.waiting = l.waiting[n:]
	if n == 0 {
		l.waiting, l.serving = nil, false
	}
	return group
}
