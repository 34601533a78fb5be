package live

import (
	"os"

	"golang.org/x/sys/windows"
)

// setsTERM is false: Windows' terminals set no TERM.
const setsTERM = false

// terminalSize asks the console; not ok when f is none, or one that does not follow
// the escape sequences that the view is drawn with. It has the console follow them.
func terminalSize(f *os.File) (columns, rows int, ok bool) {
	console := windows.Handle(f.Fd())
	var mode uint32
	if windows.GetConsoleMode(console, &mode) != nil {
		return 0, 0, false
	}
	const sequences = windows.ENABLE_PROCESSED_OUTPUT | windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING
	if mode&sequences != sequences && windows.SetConsoleMode(console, mode|sequences) != nil {
		return 0, 0, false
	}
	var info windows.ConsoleScreenBufferInfo
	if windows.GetConsoleScreenBufferInfo(console, &info) != nil {
		return 0, 0, false
	}
	return int(info.Window.Right-info.Window.Left) + 1, int(info.Window.Bottom-info.Window.Top) + 1, true
}
