package jupyter

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// RunsDir returns the absolute directory for the runs of a process whose working directory is dir: that which SAGALAB_RUNS
// names, else .sagalab/runs of the checkout that dir lies in, else runs of the user's data directory (see [DataDir]). It
// touches no file.
func RunsDir(dir string) (string, error) {
	if named := os.Getenv("SAGALAB_RUNS"); named != "" {
		abs, err := filepath.Abs(named)
		if err != nil {
			return "", fmt.Errorf("SAGALAB_RUNS: %w", err)
		}
		return abs, nil
	}
	place, err := placeFor(dir, "runs")
	if err != nil {
		return "", fmt.Errorf("no place to keep runs: %w; or set SAGALAB_RUNS to a directory", err)
	}
	return place, nil
}

// OutDir returns the absolute directory for the executed copy and the page of a notebook unless another is named:
// .sagalab/out of the checkout that the notebook lies in, else out of the user's data directory. A notebook of a subfolder
// of the checkout's notebooks, or of their copies, has the same subfolder there (.sagalab/out/ja), so that two notebooks of
// one name do not replace each other's pages. It is never in a repository of the person's own. It touches no file.
func OutDir(notebook string) (string, error) {
	dir := filepath.Dir(notebook)
	place, err := placeFor(dir, "out")
	if err != nil {
		return "", fmt.Errorf("no place for the page of %s: %w; or name a directory with --out", notebook, err)
	}
	return filepath.Join(place, subfolder(dir)), nil
}

// subfolder returns the path of dir within the notebooks of the checkout that it lies in, or within their copies; "" for
// these directories themselves and for any other.
func subfolder(dir string) string {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	root, err := FindRoot(abs)
	if err != nil {
		return ""
	}
	for _, notebooks := range []string{"notebooks", filepath.Join(".sagalab", "notebooks")} {
		if below, err := filepath.Rel(filepath.Join(root, notebooks), abs); err == nil && filepath.IsLocal(below) {
			return below
		}
	}
	return ""
}

// placeFor returns the directory called name for what belongs to dir.
func placeFor(dir, name string) (string, error) {
	if root, err := FindRoot(dir); err == nil {
		return filepath.Join(root, ".sagalab", name), nil
	}
	data, err := DataDir()
	return filepath.Join(data, name), err
}

// DataDir returns the absolute directory of what sagalab keeps for a user outside any checkout, as the operating system
// wants it: $XDG_DATA_HOME/sagalab, by default ~/.local/share/sagalab; on macOS ~/Library/Application Support/sagalab; on
// Windows %LocalAppData%\sagalab. It touches no file.
func DataDir() (string, error) { return dataDir(runtime.GOOS, os.Getenv) }

// dataDir is DataDir for an operating system and an environment.
func dataDir(system string, getenv func(string) string) (string, error) {
	const name = "sagalab"
	switch home := getenv("HOME"); {
	case system == "windows":
		if local := getenv("LocalAppData"); local != "" {
			return filepath.Join(local, name), nil
		}
		return "", errors.New("this user has no data directory, %LocalAppData% is not set")
	case system != "darwin" && filepath.IsAbs(getenv("XDG_DATA_HOME")): // the specification has a relative one ignored
		return filepath.Join(getenv("XDG_DATA_HOME"), name), nil
	case !filepath.IsAbs(home):
		return "", errors.New("this user has no data directory, HOME is not set to a directory")
	case system == "darwin":
		return filepath.Join(home, "Library", "Application Support", name), nil
	default:
		return filepath.Join(home, ".local", "share", name), nil
	}
}
