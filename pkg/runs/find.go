package runs

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrAmbiguous is wrapped by the error of Find for a name of several runs.
var ErrAmbiguous = errors.New("the name fits more than one run")

// Find returns the run with a name as it is given on the command line: its id, the
// beginning of its id when that is unique, "last" for the newest run, "last~1" for
// the one before it, and so on. The error wraps ErrNoRun or ErrAmbiguous.
func (s Store) Find(name string) (Run, error) {
	if back, ok := strings.CutPrefix(name, "last"); ok {
		return s.last(name, back)
	}
	run, err := s.Open(name)
	if name == "" || !errors.Is(err, ErrNoRun) {
		return run, err
	}
	list, failed := s.List()
	if failed != nil {
		return Run{}, failed
	}
	var found []Run
	var ids []string
	for _, r := range list {
		if strings.HasPrefix(r.ID, name) {
			found, ids = append(found, r), append(ids, r.ID)
		}
	}
	switch len(found) {
	case 0:
		return Run{}, fmt.Errorf("%w; `sagalab runs ls` lists the runs", err)
	case 1:
		return found[0], nil
	}
	const most = 5
	if len(ids) > most {
		ids = append(ids[:most], "…")
	}
	return Run{}, fmt.Errorf("run %q: %w: %s", name, ErrAmbiguous, strings.Join(ids, ", "))
}

// last returns the newest run, or an older one for back such as "~2".
func (s Store) last(name, back string) (Run, error) {
	n := 0
	if back != "" {
		steps, ok := strings.CutPrefix(back, "~")
		var err error
		if n, err = strconv.Atoi(steps); !ok || err != nil || n < 0 {
			return Run{}, fmt.Errorf("run %q: %w: write last for the newest and last~1 for the one before it", name, ErrNoRun)
		}
	}
	list, unreadable, err := s.ListAll()
	if err != nil {
		return Run{}, err
	}
	for i := len(list) - 1; ; i, n = i-1, n-1 {
		for len(unreadable) > 0 && (i < 0 || unreadable[len(unreadable)-1].ID > list[i].ID) {
			if n == 0 { // an older one is not what was asked for
				return Run{}, fmt.Errorf("run %q: %w", name, unreadable[len(unreadable)-1].Err)
			}
			unreadable, n = unreadable[:len(unreadable)-1], n-1
		}
		switch {
		case i < 0:
			has := fmt.Sprintf("%d runs", len(list))
			if len(list) == 1 {
				has = "1 run"
			}
			return Run{}, fmt.Errorf("run %q: %w: %s has %s", name, ErrNoRun, s.Dir, has)
		case n == 0:
			return list[i], nil
		}
	}
}
