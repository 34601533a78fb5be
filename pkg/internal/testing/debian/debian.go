// Package debian installs Debian's packages that tests need. Only tests use it.
package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"sagalab/pkg/internal/osfile"
)

// installWait bounds an installation.
const installWait = 10 * time.Minute

// The errors of Install where it does not even try.
var (
	errElsewhere = errors.New("only root on Debian can have it installed by a test")
	errForbidden = errors.New("SAGALAB_APT=no forbids a test to install it")
)

// Command is what somebody types to install packages.
func Command(packages ...string) string {
	return "apt-get update && apt-get install -y --no-install-recommends " + strings.Join(packages, " ")
}

// Install installs packages, on Debian as root; elsewhere, and where SAGALAB_APT=no
// is in the environment, it is an error. It waits until no other test's process
// installs.
func Install(packages ...string) error {
	if os.Getenv("SAGALAB_APT") == "no" {
		return errForbidden
	}
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return errElsewhere
	}
	release, err := alone()
	if err != nil {
		return err
	}
	defer release()
	ctx, cancel := context.WithTimeout(context.Background(), installWait)
	defer cancel()
	apt := exec.CommandContext(ctx, "sh", "-c", Command(packages...))
	apt.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	apt.WaitDelay = time.Second
	if text, err := apt.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, text[max(0, len(text)-500):])
	}
	return nil
}

// alone waits until no other test's process installs: apt-get gives up at once
// when another one works.
func alone() (release func(), err error) {
	f, err := os.OpenFile(filepath.Join(os.TempDir(), "sagalab-install.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := osfile.Lock(f, osfile.Exclusive); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
