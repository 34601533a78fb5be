package fleet

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// Member is a worker that has joined the fleet.
type Member struct {
	ID, Name, Version, Host string
	// Cores is its GOMAXPROCS.
	Cores  int
	Joined time.Time
	// Silent is how long ago its last heartbeat was.
	Silent time.Duration
	// Busy is true while it has a partition of a load.
	Busy bool

	lost bool // silent for longer than heartbeatTimeout
}

// Free reports whether the member can take part in a load, and why not otherwise.
func (m Member) Free() (ok bool, why string) {
	switch {
	case m.Version != Version:
		return false, fmt.Sprintf("has protocol version %s, this program %s: stop that worker and start it from the same build as this program", m.Version, Version)
	case m.lost:
		return false, fmt.Sprintf("sent its last heartbeat %v ago", m.Silent.Round(time.Second))
	case m.Busy:
		return false, "is busy with another load"
	}
	return true, ""
}

// Members lists the workers by name. Workers that have left are not among them.
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

// countFree returns how many workers take part in a load: wanted, or all that are free when
// that is 0. where names the fleet's database in the error.
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
	text := fmt.Sprintf("%d workers of %s are free, want %d", free, where, max(1, wanted))
	if len(others) > 0 {
		text += " (" + strings.Join(others, "; ") + ")"
	}
	return 0, fmt.Errorf("%s: start more with `sagalab worker --fleet URL`, or ask for fewer with --workers", text)
}
