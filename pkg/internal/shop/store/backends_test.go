package store

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sagalab/pkg/internal/testing/postgres"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if err := postgres.StopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// onBoth runs a test on a new database of each kind.
func onBoth(t *testing.T, test func(t *testing.T, db string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, filepath.Join(t.TempDir(), "shop.db")) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres.Shared(t).Database(t)) })
}
