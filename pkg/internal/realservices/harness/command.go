package harness

import (
	"context"
	"fmt"
	"os/exec"
	"time"
)

// installTimeout bounds one command of an installation. Building dtm on empty caches takes 3 minutes on two cores of its own, and took more
// than 8 on two cores with a load of 17.
const installTimeout = 20 * time.Minute

// Command runs a program to its end in the folder dir. Its error has the end of what the program wrote.
func Command(dir, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), installTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.WaitDelay = 10 * time.Second // what it started may hold its output open
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", cmd, err, last(out, 4000))
	}
	return nil
}

// last returns the last n bytes of text.
func last(text []byte, n int) []byte { return text[max(0, len(text)-n):] }
