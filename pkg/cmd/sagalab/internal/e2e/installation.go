package e2e

import (
	"context"
	"os"
	"sync"
	"testing"

	"sagalab/pkg/internal/jupyter"
)

// Installation returns the Jupyter of this checkout, after it has been set up. The tests use the installed files that
// people use, and store their runs elsewhere.
func Installation(t *testing.T) *jupyter.Installation {
	t.Helper()
	l := findLab(t)
	if err := setUp(l); err != nil {
		t.Fatal(err)
	}
	return l
}

// findLab returns the lab of this checkout, without setting anything up.
func findLab(t *testing.T) *jupyter.Installation {
	t.Helper()
	root, err := jupyter.FindHome(".")
	if err != nil {
		t.Fatal(err)
	}
	l, err := jupyter.New(root)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

var (
	setUpOnce sync.Once
	errSetUp  error
)

// setUp sets the lab up once per process.
func setUp(l *jupyter.Installation) error {
	setUpOnce.Do(func() { errSetUp = l.SetUp(context.Background(), jupyter.Setup{Explore: true, Progress: os.Stderr}) })
	return errSetUp
}
