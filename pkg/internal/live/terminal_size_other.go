//go:build !(linux || darwin || freebsd || netbsd || openbsd || windows)

package live

import "os"

// setsTERM is whether a terminal that can be drawn on sets TERM.
const setsTERM = true

// terminalSize knows no terminals here: the view is written as lines.
func terminalSize(*os.File) (columns, rows int, ok bool) { return 0, 0, false }
