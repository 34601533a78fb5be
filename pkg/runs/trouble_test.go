package runs

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What cannot be read as a run does not hide the others, and says which file it is.
func TestDamagedRunHidesNoOther(t *testing.T) {
	store, r := newRun(t)
	other, err := store.Create("other", "")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(other.Dir(), runFile)
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	list, unreadable, err := store.ListAll()
	var damage *DamageError
	if err != nil || len(list) != 1 || list[0].ID != r.ID || len(unreadable) != 1 || unreadable[0].ID != other.ID || !errors.As(unreadable[0].Err, &damage) || damage.File != path {
		t.Errorf("ListAll() = %v, %v, %v; want the one and the damage of the other", list, unreadable, err)
	}
	if _, err := store.Find("last"); !errors.As(err, &damage) {
		t.Errorf("Find of the last run, which is damaged: %v, want a DamageError", err)
	}
	if got, err := store.Find("last~1"); err != nil || got.ID != r.ID {
		t.Errorf("Find of the one before = %v, %v", got, err)
	}
}
