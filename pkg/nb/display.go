package nb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/go-gota/gota/dataframe"
	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot"

	"sagalab/pkg/figure"
	"sagalab/pkg/internal/language"
	"sagalab/pkg/internal/printable"
	"sagalab/pkg/internal/redact"
)

// The size of a plot in a notebook, and its resolution.
const (
	plotWidth, plotHeight = 8, 4 // inches
	plotDPI               = 192  // twice a screen's 96, so that it is sharp on any
)

// stdout receives everything outside a notebook. It is looked up at each use, so that
// tests can read it.
var stdout = func() io.Writer { return os.Stdout }

// Table shows a data frame. It takes what the functions of package frame return, error and all.
//
//	nb.Table(heavy.Frame())
//	nb.Table(frame.Summary(lab.Stages()))
//
// Of more than 40 rows it shows the first 20, of more than 15 columns the first 12, and a line
// below says what is left out; frame.Select, frame.Head, frame.Top and frame.Where choose others.
func Table(df dataframe.DataFrame, err ...error) {
	df = Must(df, err...)
	t := newTable(df)
	t.translateNotes()
	display(t.text(), "text/html", t.html(), nil)
}

// Must returns what a function returned beside an error, such as one of package frame or
// adapters.Open, for a next step, and ends the cell when there is an error, also one that a
// data frame carries.
//
//	slow := nb.Must(frame.Where(heavy.Frame(), "latency_ms", frame.Above(500)))
//	nb.Table(frame.GroupBy(slow, []string{"reason"}))
func Must[T any](value T, err ...error) T {
	exitOnError(errors.Join(err...))
	if df, ok := any(value).(dataframe.DataFrame); ok {
		exitOnError(df.Err)
	}
	return value
}

// Plot shows a figure, and takes what the functions of package figure return. A figure
// that would show nothing (figure.Nothing) is a line of text.
func Plot(p *plot.Plot, err error) { plotAs(plotHeight, p, err) }

// plotAs shows a figure of some height in inches.
func plotAs(height float64, p *plot.Plot, err error) {
	var none figure.Nothing
	if errors.As(err, &none) {
		printf("%s\n", none)
		return
	}
	exitOnError(err)
	png, err := figure.PNG(p, plotWidth, height, plotDPI)
	exitOnError(err)
	// map[string]int, because any other map ends the pipe to the kernel
	size := map[string]any{"image/png": map[string]int{"width": plotWidth * 96, "height": int(height * 96)}}
	display(language.Lines(fmt.Sprintf("[figure: %s]\n", strings.ReplaceAll(p.Title.Text, "\n", " "))), "image/png", png, size)
}

// shown returns text as a cell shows it: without the secrets of the environment, and with
// control characters escaped, which a notebook in a terminal would act on.
func shown(text string) string { return printable.Text(redact.Environment().String(text)) }

// printf shows text in the language that is chosen, and nothing for "". All output of a
// cell takes this one way: text that is printed and data that is displayed would
// otherwise appear in another order.
func printf(format string, args ...any) {
	text := shown(language.Lines(fmt.Sprintf(format, args...)))
	if text == "" { // an output of its own otherwise
		return
	}
	if !gonbui.IsNotebook {
		io.WriteString(stdout(), text)
		return
	}
	send("", map[protocol.MIMEType]any{protocol.MIMETextPlain: strings.TrimSuffix(text, "\n")}, nil)
	gonbui.Sync()
}

// display shows data of a MIME type, and text where that cannot be shown.
func display(text, mime string, data any, metadata map[string]any) {
	text = shown(text)
	if markup, ok := data.(string); ok {
		data = shown(markup)
	}
	if !gonbui.IsNotebook {
		io.WriteString(stdout(), text)
		return
	}
	send("", map[protocol.MIMEType]any{protocol.MIMETextPlain: text, protocol.MIMEType(mime): data}, metadata)
	gonbui.Sync()
}

func send(id string, data map[protocol.MIMEType]any, metadata map[string]any) {
	gonbui.SendData(&protocol.DisplayData{Data: data, Metadata: metadata, DisplayID: id})
}

// atExit is what must not outlive the cell's program when it ends early.
var atExit []func()

// exitOnError ends the cell's program when err is not nil, with one sentence.
func exitOnError(err error) {
	if err == nil {
		return
	}
	gonbui.Sync()
	for _, end := range atExit {
		end()
	}
	fmt.Fprintln(os.Stderr, shown(language.Lines(err.Error())))
	os.Exit(1)
}
