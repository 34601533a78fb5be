package osfile

import (
	"errors"
	"io"
	"os"
)

// ErrNotRegular is the error of OpenRegular and ReadRegular for a directory, a named
// pipe, a device or a socket.
var ErrNotRegular = errors.New("it is no regular file")

// OpenRegular opens a file for reading, or with write for both. It opens nothing but
// a regular file, or a link to one: opening a named pipe would wait for its other end.
func OpenRegular(path string, write bool) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: path, Err: ErrNotRegular}
	}
	flags := os.O_RDONLY
	if write {
		flags = os.O_RDWR
	}
	return os.OpenFile(path, flags, 0)
}

// ReadRegular returns the content of a file that OpenRegular opens.
func ReadRegular(path string) ([]byte, error) {
	f, err := OpenRegular(path, false)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
