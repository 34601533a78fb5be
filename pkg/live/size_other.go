//go:build !(linux || darwin || freebsd || netbsd || openbsd)

package live

import "os"

// terminalSize knows no terminals here: the view is written as lines.
func terminalSize(*os.File) (columns, rows int, ok bool) { return 0, 0, false }
