// Package debian installs Debian packages for tests. Only tests use it.
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

// The errors of Install when it does not run apt-get.
var (
	errElsewhere = errors.New("only root on Debian can have it installed by a test")
	errForbidden = errors.New("SAGALAB_APT=no forbids a test to install it")
)

// Command returns the shell command that installs packages.
func Command(packages ...string) string {
	return "apt-get update && apt-get install -y --no-install-recommends " + strings.Join(packages, " ")
}

// Install installs packages by apt-get, on Debian as root. Elsewhere, and when SAGALAB_APT is no in the environment, it returns an error.
// Only one process installs at a time; others wait.
func Install(packages ...string) error {
	if os.Getenv("SAGALAB_APT") == "no" {
		return errForbidden
	}
	if _, err := os.Stat("/etc/debian_version"); err != nil || os.Geteuid() != 0 {
		return errElsewhere
	}
	release, err := lockInstall()
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

// lockInstall waits until no other test's process installs: apt-get fails at once while another one runs.
func lockInstall() (release func(), err error) {
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
