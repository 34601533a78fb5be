package printable

import "io"

// Writer is an io.Writer for text that makes visible what would act on a terminal. Each
// Write must hold whole characters.
type Writer struct {
	out    io.Writer
	filter func(string) string // nil for none
}

// NewWriter returns a Writer on out. filter, which may be nil, is applied to each text
// first. A Writer on a Writer is the inner one alone.
func NewWriter(out io.Writer, filter func(string) string) io.Writer {
	if w, ok := out.(*Writer); ok {
		return w
	}
	return &Writer{out, filter}
}

// Write writes text to the underlying writer as Text returns it.
func (w *Writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.out, w.Text(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Text returns text as Write writes it. A nil Writer has no filter.
func (w *Writer) Text(text string) string {
	if w != nil && w.filter != nil {
		text = w.filter(text)
	}
	return Text(text)
}

// Unwrap returns the writer under a Writer, for sequences of this program's own; out
// itself when it is no Writer.
func Unwrap(out io.Writer) io.Writer {
	if w, ok := out.(*Writer); ok {
		return w.out
	}
	return out
}
