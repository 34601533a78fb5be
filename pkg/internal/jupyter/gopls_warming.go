package jupyter

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// warmMax bounds the warming. With an empty cache it takes about 15 s of one processor's time, later 3 s.
const warmMax = 5 * time.Minute

// warmGopls has gopls check a cell that imports what notebooks import, in a workspace such as the kernel makes for cells, so
// that what it finds out about those packages is in its cache (.sagalab/cache/gopls). The kernel, which starts a gopls of
// its own for each notebook, gives a completion 8 s: with an empty cache that can be too little, and Tab finds nothing. It
// returns nil when there is no gopls.
func (s *sandbox) warmGopls(ctx context.Context) error {
	gopls := editorTools[0].path(s.lab)
	if !exists(gopls) {
		return nil
	}
	pkgs, err := s.lab.importedPackages()
	if err != nil {
		return err
	}
	dir := filepath.Join(s.dir, "warm")
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	if err := writeCell(dir, pkgs); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, warmMax)
	defer cancel()
	for _, line := range append(cellWorkspace(s.lab.root, s.chain.path), []string{gopls, "check", "main.go"}) {
		cmd := command(ctx, terminate, dir, s.goplsEnv(), line[0], line[1:]...)
		out := &lastOutput{limit: 4 << 10}
		cmd.Stdout, cmd.Stderr = out, out
		if err := run(cmd); err != nil {
			return fmt.Errorf("have gopls read the packages that notebooks import: %s: %w: %s", strings.Join(line, " "), err, lastLine(out.String()))
		}
	}
	return nil
}

// goplsEnv is the environment of the interactive kernel, with one processor: the person's cells want the others.
func (s *sandbox) goplsEnv() []string {
	env := s.env([]string{"GOMAXPROCS=1"})
	for name, value := range s.lab.kernelSpec(interactiveKernel, s.chain).Env {
		env = append(env, name+"="+strings.ReplaceAll(value, "${PATH}", os.Getenv("PATH")))
	}
	return env
}
