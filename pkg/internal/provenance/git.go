package provenance

import (
	"context"
	"os/exec"
	"strings"
)

// fromGit returns the commit of the checkout at root, marked when the program's sources
// have changes; "" without git, and where root is not the top of a repository.
func fromGit(ctx context.Context, root string) string {
	head := git(ctx, root, "rev-parse", "--show-prefix", "HEAD") // the prefix is an empty line at the top
	hash, atTop := strings.CutPrefix(head, "\n")
	if hash = strings.TrimSpace(hash); !atTop || hash == "" {
		return ""
	}
	if git(ctx, root, "status", "--porcelain", "--", "pkg", "go.mod", "go.sum") != "" {
		return hash + changed
	}
	return hash
}

// git returns what a git command prints, "" when it fails.
func git(ctx context.Context, root string, args ...string) string {
	// without optional locks it neither waits for nor delays another git in the checkout
	cmd := exec.CommandContext(ctx, "git", append([]string{"--no-optional-locks", "-C", root}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}
