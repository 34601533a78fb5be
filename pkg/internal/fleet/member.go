package fleet

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Member is a worker that joined the fleet.
type Member struct {
	ID, Name, Version, Host string
	// Cores is on how many threads it runs Go code at once.
	Cores  int
	Joined time.Time
	// Silent is how long it has not been heard of.
	Silent time.Duration
	// Busy is true while it has a share.
	Busy bool

	lost bool // silent for so long that it is taken for dead
}

// Free says whether the member can take a share, and why not otherwise.
func (m Member) Free() (ok bool, why string) {
	switch {
	case m.Version != Version:
		return false, fmt.Sprintf("has version %s, this program has %s: start it from the same build", m.Version, Version)
	case m.lost:
		return false, fmt.Sprintf("was last heard of %v ago", m.Silent.Round(time.Second))
	case m.Busy:
		return false, "works at another load"
	}
	return true, ""
}

// Members lists the workers by name, those that have left not included.
func (f *Fleet) Members(ctx context.Context) ([]Member, error) { return f.db.members(ctx) }

func (d *database) members(ctx context.Context) ([]Member, error) {
	rows, err := d.query(ctx, `SELECT worker_id, name, version, host, cores, joined_at, seen_at, `+d.now()+`,
		EXISTS (SELECT 1 FROM shares s WHERE s.worker_id = w.worker_id AND s.phase IN ('taken', 'ready', 'sending')) FROM workers w ORDER BY name, worker_id`)
	if err != nil {
		return nil, fmt.Errorf("listing the workers of %s: %w", d.name, err)
	}
	defer rows.Close()
	var list []Member
	for rows.Next() {
		var m Member
		var joined, seen, now int64
		if err := rows.Scan(&m.ID, &m.Name, &m.Version, &m.Host, &m.Cores, &joined, &seen, &now, &m.Busy); err != nil {
			return nil, err
		}
		m.Joined, m.Silent = time.Unix(0, joined), max(0, time.Duration(now-seen))
		m.lost = m.Silent > d.timeouts.heartbeatTimeout
		list = append(list, m)
	}
	return list, rows.Err()
}

// choose is how many workers take part: all that are free for 0, else that many.
func countFree(all []Member, wanted int, where string) (int, error) {
	free := 0
	var others []string
	for _, m := range all {
		if ok, why := m.Free(); ok {
			free++
		} else {
			others = append(others, fmt.Sprintf("%s on %s %s", m.Name, m.Host, why))
		}
	}
	if free > 0 && free >= wanted {
		if wanted == 0 {
			return free, nil
		}
		return wanted, nil
	}
	text := fmt.Sprintf("%d workers of %s are free, %d are wanted", free, where, max(1, wanted))
	if len(others) > 0 {
		text += " (" + strings.Join(others, "; ") + ")"
	}
	return 0, fmt.Errorf("%s: start more with `sagalab worker --fleet URL`, or ask for fewer with --workers", text)
}
