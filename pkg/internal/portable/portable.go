// Package portable opens adapters that any process can make again: of a file, or of a protocol
// that this program implements.
package portable

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"sagalab/pkg/adapters"
	"sagalab/pkg/internal/acp"
	"sagalab/pkg/purchase"
)

// ACP is the name of the Agentic Commerce Protocol for Open.
const ACP = "acp"

// maxBytes is more than any file of an adapter may have.
const maxBytes = 64<<10 + 1

// Open returns the adapter that ACP names, else that of the file at path, with the variables of
// the environment. The error is that of the file system, or of Parse.
func Open(path string) (purchase.PortableAdapter, error) {
	if path == ACP {
		return Parse(ACP, acp.Standard(), adapters.Environment())
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	contents, err := io.ReadAll(io.LimitReader(f, maxBytes))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return Parse(filepath.Base(path), string(contents), adapters.Environment())
}

// Parse returns the adapter of a text, such as PortableAdapter.Contents: settings of the Agentic
// Commerce Protocol when it begins with acp:, else a file of package adapters. name is for
// messages, vars are the secrets.
func Parse(name, contents string, vars map[string]string) (purchase.PortableAdapter, error) {
	if acp.IsContents(contents) {
		a, err := acp.Parse(name, contents, vars)
		if err != nil {
			return nil, err
		}
		return a, nil
	}
	f, err := adapters.Parse(name, []byte(contents), vars)
	if err != nil {
		return nil, err
	}
	return f, nil
}
