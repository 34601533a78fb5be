package adapters

import _ "embed"

//go:embed example.yaml
var example string

// Example returns a file with comments that Parse accepts, without variables.
func Example() []byte { return []byte(example) }
