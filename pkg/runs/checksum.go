package runs

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"path/filepath"
	"regexp"

	"sagalab/pkg/internal/osfile"
)

// noChecksum is a checksum that is not set yet, as a JSON file has it.
const noChecksum = "00000000"

// jsonChecksum finds the checksum of a JSON file.
var jsonChecksum = regexp.MustCompile(`"checksum":\s*"([^"]{8})"`)

var errChecksum = errors.New("its checksum does not fit its content")

// setJSONChecksum writes the checksum of a JSON text into it, where it has a place for
// one.
func setJSONChecksum(text []byte) {
	if at := jsonChecksum.FindSubmatchIndex(text); at != nil {
		copy(text[at[2]:at[3]], noChecksum)
		copy(text[at[2]:at[3]], checksumOf(text))
	}
}

// checkJSONChecksum reports whether a JSON text has a checksum; the error is for one
// that does not fit.
func checkJSONChecksum(text []byte) (summed bool, err error) {
	at := jsonChecksum.FindSubmatchIndex(text)
	if at == nil {
		return false, nil
	}
	zeroed := bytes.Clone(text)
	copy(zeroed[at[2]:at[3]], noChecksum)
	if checksumOf(zeroed) != string(text[at[2]:at[3]]) {
		return true, errChecksum
	}
	return true, nil
}

func checksumOf(b []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)) }

// fileSum is the size in bytes and the CRC-32C, in 8 hexadecimal digits, of a file.
type fileSum struct {
	Bytes    int64  `json:"bytes"`
	Checksum string `json:"crc32c"`
}

// summingWriter passes on what is written, and sums it up.
type summingWriter struct {
	to    io.Writer
	bytes int64
	crc   uint32
}

// Write writes b.
func (w *summingWriter) Write(b []byte) (int, error) {
	n, err := w.to.Write(b)
	w.bytes += int64(n)
	w.crc = crc32.Update(w.crc, castagnoli, b[:n])
	return n, err
}

func (w *summingWriter) sum() fileSum { return fileSum{w.bytes, fmt.Sprintf("%08x", w.crc)} }

// fileSums has the sums of a stage's tables, by their names; nil in versions 0 and 1 and
// while the stage runs.
type fileSums map[string]fileSum

// check compares a table in a directory with its sum, if there is one.
func (s fileSums) check(dir, file string) error {
	want, known := s[file]
	if !known {
		return nil
	}
	f, err := osfile.OpenRegular(filepath.Join(dir, file), false)
	if err != nil {
		return err
	}
	defer f.Close()
	w := summingWriter{to: io.Discard}
	if _, err := io.CopyBuffer(struct{ io.Writer }{&w}, struct{ io.Reader }{f}, make([]byte, 1<<18)); err != nil {
		return err
	}
	if got := w.sum(); got != want {
		return fmt.Errorf("it has %d bytes with checksum %s, stage.json says %d with %s", got.Bytes, got.Checksum, want.Bytes, want.Checksum)
	}
	return nil
}
