package adapters

import (
	"os"
	"strings"
)

// environmentPrefix begins the names of the environment variables that a file can read.
const environmentPrefix = "SAGALAB_VAR_"

// Environment returns the values that {{.Var.NAME}} can have: those of the environment
// variables SAGALAB_VAR_NAME, by NAME, as they are now.
func Environment() map[string]string {
	vars := map[string]string{}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if name, ok := strings.CutPrefix(name, environmentPrefix); ok && name != "" {
			vars[name] = value
		}
	}
	return vars
}
